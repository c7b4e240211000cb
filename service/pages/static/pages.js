// Updates lists and opens explanations in place. Without scripts, links and forms load whole pages.

// Returns the element with an id of another page.
async function load(url, id, init) {
  const reply = await fetch(url, init);
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  return page.getElementById(id);
}

// Announces a change to screen readers.
function announce(text) {
  const status = document.getElementById("status");
  if (status) status.textContent = text;
}

// Replaces the link to an explanation with one that opens under its item.
function expandInPlace(link) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const target = document.createElement("div");
  summary.textContent = link.textContent;
  details.append(summary, target);
  details.addEventListener("toggle", async () => {
    if (!details.open || target.hasChildNodes()) return;
    try {
      insert(await load(link.href, "why"), target);
      announce("Explanation opened");
    } catch {
      location.assign(link.href);
    }
  });
  link.parentElement.replaceWith(details);
}

function insert(element, target) {
  if (!element) throw new Error("no such element");
  element.removeAttribute("id");
  for (const texts of element.querySelectorAll(".texts")) texts.open = false;
  target.replaceChildren(element);
}

function enhance(root) {
  root.querySelectorAll("a.why").forEach(expandInPlace);
  root.querySelectorAll("form[data-from]").forEach(submitInPlace);
}

// A form's data-from is the id of an element of the reply, data-into the id of its place here.
function submitInPlace(form) {
  let request;
  async function send() {
    request?.abort();
    request = new AbortController();
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const post = form.method === "post";
    const url = new URL(form.action);
    if (!post) url.search = fields;
    const init = { signal: request.signal, ...(post && { method: "POST", body: fields }) };
    const { from, into } = form.dataset;
    try {
      const element = await load(url, from, init);
      if (from !== into) return insert(element, document.getElementById(into));
      document.getElementById(into).replaceWith(document.adoptNode(element));
      enhance(element);
      if (!post) history.replaceState(null, "", url.pathname + url.search);
      const count = element.querySelectorAll(".items > li").length;
      const articles = count === 1 ? "article" : "articles";
      announce(element.querySelector(".wrong")?.textContent ?? `The list has ${count} ${articles}`);
      if (!("live" in form.dataset)) element.scrollIntoView({ block: "nearest" });
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    }
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  if ("live" in form.dataset) form.addEventListener("change", () => form.reportValidity() && send());
}

enhance(document);
// On wide screens the options stand open beside the list.
if (matchMedia("(min-width: 56rem)").matches) {
  for (const details of document.querySelectorAll(".panel > details")) details.open = true;
}

// Shows in place what else is a page of its own; where it does not run, links and forms do the same.

async function part(url, id, init) {
  const reply = await fetch(url, init);
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  return page.getElementById(id);
}

function say(words) {
  const status = document.getElementById("status");
  if (status) status.textContent = words;
}

// An explanation opens under its item.
function unfold(link) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const room = document.createElement("div");
  summary.textContent = link.textContent;
  details.append(summary, room);
  details.addEventListener("toggle", async () => {
    if (!details.open || room.hasChildNodes()) return;
    try {
      show(await part(link.href, "why"), room);
      say("Explanation opened");
    } catch {
      location.assign(link.href);
    }
  });
  link.parentElement.replaceWith(details);
}

function show(found, room) {
  if (!found) throw new Error("no such part");
  found.removeAttribute("id");
  for (const texts of found.querySelectorAll(".texts")) texts.open = false;
  room.replaceChildren(found);
}

function enhance(root) {
  root.querySelectorAll("a.why").forEach(unfold);
  root.querySelectorAll("form[data-from]").forEach(inPlace);
}

function inPlace(form) {
  let asked;
  async function send() {
    asked?.abort();
    asked = new AbortController();
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const post = form.method === "post";
    const url = new URL(form.action);
    if (!post) url.search = fields;
    const init = { signal: asked.signal, ...(post && { method: "POST", body: fields }) };
    const { from, into } = form.dataset;
    try {
      const found = await part(url, from, init);
      if (from !== into) return show(found, document.getElementById(into));
      document.getElementById(into).replaceWith(document.adoptNode(found));
      enhance(found);
      if (!post) history.replaceState(null, "", url.pathname + url.search);
      const count = found.querySelectorAll(".items > li").length;
      say(found.querySelector(".wrong")?.textContent ?? `The list has ${count} ${count === 1 ? "article" : "articles"}`);
      if (!("live" in form.dataset)) found.scrollIntoView({ block: "nearest" });
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
// Where there is room beside the list, its options need no opening.
if (matchMedia("(min-width: 56rem)").matches) {
  for (const details of document.querySelectorAll(".panel > details")) details.open = true;
}

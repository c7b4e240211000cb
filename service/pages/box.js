// <also-read article="ID"> shows the ALSO READ list of an article on any page.
//
//   <script type="module" src="https://SERVICE/box.js"></script>
//   <also-read article="ID" limit="5" heading="Also read"></also-read>
//
// It requests the list from the service that this file came from, or from the attribute "service".
// All options of a list are attributes, with hyphens; several values of one are separated by |.
// Texts are inserted as text, never as HTML, and links lead only to http or https. The box is empty
// until its list has arrived: if it is in the first screen of a page, reserve its height there:
// also-read { display: block; min-height: 20em }.

const SERVICE = new URL(".", import.meta.url).href;
const MULTIPLE = ["exclude", "section", "tag", "author", "language"];
const SINGLE = [
  "limit", "published-after", "published-before", "direction", "min-score", "half-life-days",
  "diversity", "duplicates", "fallback",
];
const TIMEOUT_MS = 10_000;

const style = new CSSStyleSheet();
style.replaceSync(`
:host { display: block }
:host([hidden]) { display: none }
nav {
  font: var(--also-read-font, inherit);
  color: var(--also-read-color, inherit);
  background: var(--also-read-background, none);
  border: var(--also-read-border, 0);
  border-radius: var(--also-read-radius, 0);
  padding: var(--also-read-padding, 0);
}
h2 {
  font-size: var(--also-read-heading-size, 1.1em);
  font-weight: var(--also-read-heading-weight, 600);
  color: var(--also-read-heading-color, inherit);
  margin: 0 0 .5em;
}
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: var(--also-read-gap, .6em) }
li { min-width: 0; overflow-wrap: anywhere }
a { color: var(--also-read-link-color, inherit); text-decoration-thickness: from-font }
small { display: block; color: var(--also-read-meta-color, inherit); opacity: .75 }
`);

class AlsoRead extends HTMLElement {
  static observedAttributes =
    ["article", "url", "service", "heading", "show", "link", "lang", ...MULTIPLE, ...SINGLE];

  #request;
  #scheduled = false;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [style];
  }

  connectedCallback() {
    this.#schedule();
  }

  disconnectedCallback() {
    this.#request?.abort();
  }

  attributeChangedCallback(name, before, after) {
    if (before !== after) this.#schedule();
  }

  // Attributes that change together cause one request.
  #schedule() {
    if (this.#scheduled || !this.isConnected) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.isConnected) this.#load();
    });
  }

  async #load() {
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    const timer = setTimeout(() => request.abort("no reply in time"), TIMEOUT_MS);
    let items = [], children = [], failure;
    try {
      items = await this.#items(request.signal);
      children = items.length ? [this.#box(items)] : [];
    } catch (error) {
      failure = `${error?.message ?? error}`;
    }
    clearTimeout(timer);
    // A newer request has replaced this one, or the box was removed from the page.
    if (request !== this.#request || !this.isConnected) return;
    // Everything is inserted at once, so that the page shifts at most once.
    this.shadowRoot.replaceChildren(...children);
    const reason = failure ?? "nothing is related";
    if (!children.length) console.warn(`also-read: no list: ${reason}`, this);
    this.dispatchEvent(new CustomEvent(failure ? "error" : "load", { detail: { items } }));
  }

  async #items(signal) {
    const reply = await fetch(this.#address(), { signal, credentials: "omit" });
    const record = await reply.json();
    if (!reply.ok) throw new Error(`${reply.status} ${record.detail}`);
    return record.items;
  }

  #address() {
    const service = (this.getAttribute("service") ?? SERVICE).replace(/\/*$/, "/");
    const address = new URL("v1/recommendations", new URL(service, document.baseURI));
    const add = (name, value) => address.searchParams.append(name.replaceAll("-", "_"), value);
    if (this.hasAttribute("article")) add("id", this.getAttribute("article"));
    else add("url", this.getAttribute("url") ?? canonical());
    for (const name of SINGLE) if (this.getAttribute(name)) add(name, this.getAttribute(name));
    for (const name of MULTIPLE) {
      for (const value of (this.getAttribute(name) ?? "").split("|")) {
        if (value.trim()) add(name, value.trim());
      }
    }
    return address;
  }

  #box(items) {
    const heading = this.getAttribute("heading") ?? "Also read";
    const nav = element("nav", "box");
    nav.setAttribute("aria-label", heading || "Also read");
    const list = element("ul", "list", ...items.map((item) => this.#item(item)));
    list.setAttribute("role", "list");
    nav.append(...(heading ? [element("h2", "heading", heading)] : []), list);
    return nav;
  }

  #item(item) {
    const template = this.getAttribute("link");
    const address = item.url ?? template?.replace("{id}", encodeURIComponent(item.id));
    const title = isSafe(address)
      ? element("a", "link", item.title)
      : element("span", "title", item.title);
    if (title.localName === "a") title.href = address;
    title.dir = "auto";
    const fields = (this.getAttribute("show") ?? "date").split(/\s+/);
    const meta = fields.map((name) => this.#field(name, item)).filter(Boolean).join(" · ");
    return element("li", "item", title, ...(meta ? [element("small", "meta", meta)] : []));
  }

  #field(name, item) {
    if (name !== "date") return name === "section" || name === "reason" ? item[name] : null;
    const time = new Date(item.published_at ?? NaN);
    return isNaN(time) ? null : day(time, this.closest("[lang]")?.lang);
  }
}

function day(time, language) {
  const format = { dateStyle: "long", timeZone: "UTC" };
  try {
    return time.toLocaleDateString(language || undefined, format);
  } catch {
    // The page's lang is not a valid language.
    return time.toLocaleDateString(undefined, format);
  }
}

function element(name, part, ...children) {
  const created = document.createElement(name);
  created.setAttribute("part", part);
  created.append(...children);
  return created;
}

function canonical() {
  return document.querySelector("link[rel=canonical]")?.href ?? location.href.split("#")[0];
}

function isSafe(address) {
  try {
    return /^https?:$/.test(new URL(address, document.baseURI).protocol) && address != null;
  } catch {
    return false;
  }
}

customElements.get("also-read") || customElements.define("also-read", AlsoRead);

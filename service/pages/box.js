// <also-read article="ID">: the ALSO READ list of an article, on any page.
//
//   <script type="module" src="https://SERVICE/box.js"></script>
//   <also-read article="ID" limit="5" heading="Also read"></also-read>
//
// It asks the service that this file came from, or that of the attribute "service". All options of
// a list are attributes, with hyphens; several values of one have | between. All text is set as
// text, and a link leads to http or https only. What is not there yet takes no room: a page that
// shows the box in its first screen reserves some, also-read { display: block; min-height: 20em }.

const HOME = new URL(".", import.meta.url).href;
const SEVERAL = ["exclude", "section", "tag", "author", "language"];
const ONCE = [
  "limit", "published-after", "published-before", "direction", "min-score", "half-life-days",
  "diversity", "duplicates", "fallback",
];
const PATIENCE = 10_000;

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
    ["article", "url", "service", "heading", "show", "link", "lang", ...SEVERAL, ...ONCE];

  #asked;
  #pending = false;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [style];
  }

  connectedCallback() {
    this.#plan();
  }

  disconnectedCallback() {
    this.#asked?.abort();
  }

  attributeChangedCallback(name, before, now) {
    if (before !== now) this.#plan();
  }

  // Attributes that change together are one request.
  #plan() {
    if (this.#pending || !this.isConnected) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      if (this.isConnected) this.#load();
    });
  }

  async #load() {
    this.#asked?.abort();
    const asked = (this.#asked = new AbortController());
    const late = setTimeout(() => asked.abort("no answer in time"), PATIENCE);
    let items = [], made = [], trouble;
    try {
      items = await this.#items(asked.signal);
      made = items.length ? [this.#box(items)] : [];
    } catch (error) {
      trouble = `${error?.message ?? error}`;
    }
    clearTimeout(late);
    // Another request has taken its place, or the box has left the page.
    if (asked !== this.#asked || !this.isConnected) return;
    // All at once: a page moves once, or not at all.
    this.shadowRoot.replaceChildren(...made);
    if (!made.length) console.warn(`also-read: no list: ${trouble ?? "nothing is related"}`, this);
    this.dispatchEvent(new CustomEvent(trouble ? "error" : "load", { detail: { items } }));
  }

  async #items(signal) {
    const reply = await fetch(this.#address(), { signal, credentials: "omit" });
    const said = await reply.json();
    if (!reply.ok) throw new Error(`${reply.status} ${said.detail}`);
    return said.items;
  }

  #address() {
    const home = (this.getAttribute("service") ?? HOME).replace(/\/*$/, "/");
    const address = new URL("v1/recommendations", new URL(home, document.baseURI));
    const add = (name, value) => address.searchParams.append(name.replaceAll("-", "_"), value);
    if (this.hasAttribute("article")) add("id", this.getAttribute("article"));
    else add("url", this.getAttribute("url") ?? canonical());
    for (const name of ONCE) if (this.getAttribute(name)) add(name, this.getAttribute(name));
    for (const name of SEVERAL) {
      for (const value of (this.getAttribute(name) ?? "").split("|")) {
        if (value.trim()) add(name, value.trim());
      }
    }
    return address;
  }

  #box(items) {
    const heading = this.getAttribute("heading") ?? "Also read";
    const nav = make("nav", "box");
    nav.setAttribute("aria-label", heading || "Also read");
    const list = make("ul", "list", ...items.map((item) => this.#item(item)));
    list.setAttribute("role", "list");
    nav.append(...(heading ? [make("h2", "heading", heading)] : []), list);
    return nav;
  }

  #item(item) {
    const address = item.url ?? this.getAttribute("link")?.replace("{id}", encodeURIComponent(item.id));
    const title = isSafe(address) ? make("a", "link", item.title) : make("span", "title", item.title);
    if (title.localName === "a") title.href = address;
    title.dir = "auto";
    const shown = (this.getAttribute("show") ?? "date").split(/\s+/);
    const about = shown.map((name) => this.#about(name, item)).filter(Boolean).join(" · ");
    return make("li", "item", title, ...(about ? [make("small", "meta", about)] : []));
  }

  #about(name, item) {
    if (name !== "date") return name === "section" || name === "reason" ? item[name] : null;
    const time = new Date(item.published_at ?? NaN);
    return isNaN(time) ? null : day(time, this.closest("[lang]")?.lang);
  }
}

function day(time, language) {
  const shown = { dateStyle: "long", timeZone: "UTC" };
  try {
    return time.toLocaleDateString(language || undefined, shown);
  } catch {
    // The page's lang is none that there is.
    return time.toLocaleDateString(undefined, shown);
  }
}

function make(name, part, ...inside) {
  const element = document.createElement(name);
  element.setAttribute("part", part);
  element.append(...inside);
  return element;
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

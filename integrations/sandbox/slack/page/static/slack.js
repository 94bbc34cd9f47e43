// The page is rendered by the server. This script sends what a member does, fetches the page again when something
// changed, and carries the difference over, so that what is being typed stays.
"use strict";

const me = () => document.body.dataset.me;

async function act(what) {
  const response = await fetch("/_fake/act", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ as: me(), ...what }),
  });
  const answer = await response.json();
  if (!answer.ok) toast(`That did not work: ${answer.why || answer.error}`);
  await refresh();
  return answer;
}

// ---------------------------------------------------------------- one page onto the other
const KEPT = new Set(["open", "style"]);

function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || (old.id || "") !== (fresh.id || "")) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.matches(".suggestions")) return;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.matches("textarea, template")) return;
  morphChildren(old, [...fresh.childNodes]);
}

function morphChildren(parent, wanted) {
  const byId = new Map([...parent.children].filter((child) => child.id).map((child) => [child.id, child]));
  let at = parent.firstChild;
  for (const node of wanted) {
    const known = node.id && byId.get(node.id);
    if (known && known !== at) parent.insertBefore(known, at);
    else if (!known && (!at || at.id)) {
      parent.insertBefore(node, at);
      continue;
    }
    const current = known || at;
    at = current.nextSibling;
    morph(current, node);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

let running = null;
let again = false;

function refresh() {
  again = true;
  running ??= (async () => {
    while (again) {
      again = false;
      const response = await fetch(location.href, { headers: { accept: "text/html" } });
      if (response.redirected) history.replaceState(null, "", response.url);
      take(new DOMParser().parseFromString(await response.text(), "text/html"));
    }
  })().finally(() => { running = null; });
  return running;
}

function take(fresh) {
  const low = [...document.querySelectorAll("[data-stick]")].filter(isLow).map((one) => one.id);
  const known = new Set([...document.querySelectorAll("[data-stick]")].map((one) => one.id));
  document.title = fresh.title;
  fresh.querySelector(".toasts").remove();
  const toasts = document.querySelector(".toasts");
  toasts.remove();
  morph(document.body, fresh.body);
  document.body.append(toasts);
  settle((one) => low.includes(one.id) || !known.has(one.id));
}

const isLow = (one) => one.scrollHeight - one.scrollTop - one.clientHeight < 40;

function settle(lowers) {
  for (const one of document.querySelectorAll("[data-stick]")) if (lowers(one)) one.scrollTop = one.scrollHeight;
  for (const dialog of document.querySelectorAll("dialog[data-modal]:not([open])")) {
    dialog.showModal();
    (dialog.querySelector(".view :is(input, textarea, select)") || dialog.querySelector("footer .btn:last-child"))?.focus();
  }
  const { unread } = document.body.dataset;
  if (unread && !document.hidden) act({ do: "read", channel: unread });
}

async function go(url) {
  history.pushState(null, "", url);
  await refresh();
  arrive();
}

function arrive() {
  const { at, tab } = document.body.dataset;
  if (at === "app" && tab !== "about") act({ do: "open_home", tab });
  const boxes = [...document.querySelectorAll(".composer textarea")];
  if (!document.querySelector("dialog[open]")) boxes.at(-1)?.focus({ preventScroll: true });
}

// ---------------------------------------------------------------- using elements
function place(from) {
  const view = from.closest("[data-view]");
  if (view) return { view: view.dataset.view, values: values(view) };
  const message = from.closest("[data-ts]");
  return { channel: message.dataset.channel, ts: message.dataset.ts };
}

function value(control) {
  if (!control.classList.contains("choices")) return control.value || null;
  const ticked = [...control.querySelectorAll("input:checked")].map((one) => one.value);
  return control.querySelector("input[type=radio]") ? ticked[0] ?? null : ticked;
}

function values(view) {
  const filled = {};
  for (const control of view.querySelectorAll("[data-control]")) {
    const { block, action } = control.dataset;
    (filled[block] ??= {})[action] = value(control);
  }
  return filled;
}

function sure(button) {
  const asked = button.querySelector("template.confirm");
  if (!asked) return Promise.resolve(true);
  const dialog = document.createElement("dialog");
  dialog.className = "sure";
  dialog.append(asked.content.cloneNode(true));
  document.documentElement.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("click", (event) => { if (event.target.value) dialog.close(event.target.value); });
    dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "yes"); });
  });
}

async function press(button) {
  if (!(await sure(button))) return;
  button.closest("details")?.removeAttribute("open");
  if (/^https?:/.test(button.dataset.url || "")) window.open(button.dataset.url, "_blank", "noopener");
  const { block, action, value: given } = button.dataset;
  button.setAttribute("aria-busy", "true");
  await act({ do: "click", ...place(button), block_id: block, action_id: action, value: given ?? null });
  button.removeAttribute("aria-busy");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-click]");
  if (button) press(button);
  if (event.target.closest("[data-dismiss]")) act({ do: "dismiss" });
  if (event.target.closest("[data-theme-switch]")) switchTheme();
  const suggestion = event.target.closest(".suggestions button");
  if (suggestion) accept(suggestion);
  for (const open of document.querySelectorAll("details.overflow[open]")) if (!open.contains(event.target)) open.removeAttribute("open");
  const link = event.target.closest("a[href^='?'], a[href^='/?']");
  if (link && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    go(link.href);
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-switch]")) {
    const at = document.body.dataset.at;
    go(`?as=${event.target.value}&at=${at === event.target.value ? "app" : at}&tab=${document.body.dataset.tab}`);
    return;
  }
  const control = event.target.closest("[data-control]");
  if (!control?.closest("[data-dispatch]")) return;
  const { block, action } = control.dataset;
  act({ do: "click", ...place(control), block_id: block, action_id: action, value: value(control) });
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.matches("[data-send]")) send(event.target);
  if (event.target.matches("[data-submit]")) submit(event.target);
});

async function submit(form) {
  const button = form.querySelector("[type=submit]");
  const view = form.closest("[data-view]");
  button?.setAttribute("aria-busy", "true");
  await act({ do: "submit", view: view.dataset.view, values: values(view) });
  button?.removeAttribute("aria-busy");
  document.querySelector(".wrong :is(input, textarea, select)")?.focus();
}

document.addEventListener("cancel", (event) => {
  if (!event.target.matches("[data-modal]")) return;
  event.preventDefault();
  act({ do: "dismiss" });
}, true);

// ---------------------------------------------------------------- writing
async function send(form) {
  const box = form.querySelector("textarea");
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  const { channel, thread } = form.dataset;
  const answer = await act({ do: "say", channel, text, typed: true, thread_ts: thread || null });
  if (!answer.ok) box.value = text;
}

document.addEventListener("input", (event) => {
  const form = event.target.closest(".composer");
  if (form) suggest(form, event.target);
});

function offers(box) {
  const before = box.value.slice(0, box.selectionStart);
  const { commands, people, app } = document.body.dataset;
  if (/^\/\S*$/.test(before)) return { from: 0, all: JSON.parse(commands).filter((one) => one.startsWith(before)) };
  const found = /(^|\s)@([\p{L} .]*)$/u.exec(before);
  if (!found) return { from: 0, all: [] };
  const names = [app, ...JSON.parse(people)].map((name) => `@${name}`);
  return { from: before.lastIndexOf("@"), all: names.filter((name) => name.toLowerCase().startsWith(`@${found[2].toLowerCase()}`)).slice(0, 8) };
}

function suggest(form, box) {
  const { from, all } = offers(box);
  const list = form.querySelector(".suggestions");
  list.hidden = !all.length;
  list.replaceChildren(...all.map((name, index) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: name });
    button.dataset.from = from;
    button.setAttribute("role", "option");
    button.setAttribute("aria-selected", String(index === 0));
    return button;
  }));
}

function accept(button) {
  const form = button.closest(".composer");
  const box = form.querySelector("textarea");
  const start = box.value.slice(0, Number(button.dataset.from)) + button.textContent + " ";
  box.value = start + box.value.slice(box.selectionStart);
  box.setSelectionRange(start.length, start.length);
  form.querySelector(".suggestions").hidden = true;
  box.focus();
}

function choose(list, step) {
  const all = [...list.children];
  const now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  all[now].setAttribute("aria-selected", "false");
  const next = all[(now + step + all.length) % all.length];
  next.setAttribute("aria-selected", "true");
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".composer");
  if (form) return keyInComposer(event, form);
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    const open = document.querySelector("details.overflow[open]");
    if (open) open.removeAttribute("open");
    else document.querySelector("[data-close-thread]")?.click();
  }
});

function keyInComposer(event, form) {
  const list = form.querySelector(".suggestions");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const chosen = !list.hidden && list.querySelector("[aria-selected=true]");
  const whole = chosen && form.querySelector("textarea").value.endsWith(chosen.textContent);
  if (chosen && step) choose(list, step);
  else if (chosen && !whole && (event.key === "Tab" || event.key === "Enter")) accept(chosen);
  else if (event.key === "Escape" && chosen) list.hidden = true;
  else if (event.key === "Escape") document.querySelector("[data-close-thread]")?.click();
  else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) form.requestSubmit();
  else return;
  event.preventDefault();
}

// ---------------------------------------------------------------- the rest
function toast(text) {
  const one = document.createElement("p");
  Object.assign(one, { className: "toast", textContent: text });
  document.querySelector(".toasts").append(one);
  setTimeout(() => one.remove(), 6000);
}

function switchTheme() {
  const dark = getComputedStyle(document.body).colorScheme === "dark"
    || (document.documentElement.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
}

if (localStorage.getItem("theme")) document.documentElement.dataset.theme = localStorage.getItem("theme");
addEventListener("popstate", refresh);
document.addEventListener("visibilitychange", () => settle(() => false));
const changes = new EventSource("/changes");
changes.addEventListener("message", refresh);
changes.addEventListener("open", refresh);
settle(() => true);
arrive();

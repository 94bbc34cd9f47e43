// What pages do beyond plain HTML. Nothing that only reads depends on it.
"use strict";

// Moments are written in the reader's own zone from the second page on.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`nextplay_zone=${zone}`)) {
  document.cookie = `nextplay_zone=${zone}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}

// What cannot be undone is asked about once more.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  const asked = button?.dataset.confirm ?? event.target.dataset.confirm;
  if (asked && !window.confirm(asked)) event.preventDefault();
});

// Filters that are chosen from a list need no button. By keyboard each step through the list is a change: there the button says when.
let byKeyboard = false;
document.addEventListener("keydown", () => (byKeyboard = true), true);
document.addEventListener("pointerdown", () => (byKeyboard = false), true);
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]") && !byKeyboard) event.target.form.requestSubmit();
});

// A table that is wider than its place can be moved by keyboard, too; where something in it can be reached, that moves it.
const scrolls = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    const wide = target.scrollWidth > target.clientWidth && !target.querySelector("a, button, input, select, summary, textarea");
    const title = target.querySelector("caption") ?? target.closest("section")?.querySelector("h2, h3");
    for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", title?.textContent.trim() || "Table"]]) {
      if (wide) target.setAttribute(name, value);
      else target.removeAttribute(name);
    }
  }
});
const watchScrolls = () => document.querySelectorAll(".scroll").forEach((one) => scrolls.observe(one));
watchScrolls();
document.addEventListener("htmx:after:settle", watchScrolls);

// An ask that was answered in its place is shown anew: who pressed its button goes on from there.
let answered = "";
document.addEventListener("submit", (event) => (answered = event.target.closest(".ask")?.id ?? ""));
document.addEventListener("htmx:after:settle", () => {
  if (answered && document.activeElement === document.body) document.getElementById(answered)?.focus();
});

// Keys that a page names: <a data-key="j">, <button data-key="a">. Not while somebody writes.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, select, textarea")) target.focus();
  else target.click();
});

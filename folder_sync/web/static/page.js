"use strict";
/* Follows the records. Without this file every page works; with it, what stands in [data-live] is fetched anew when
   something has changed, and nobody who reads, types or selects is disturbed. */
(() => {
  const live = () => [...document.querySelectorAll("[data-live]")];
  const locale = document.documentElement.lang;
  const problem = document.querySelector("#problem[data-live]");
  let source = null, stale = false, busy = false, again = false;

  const isInUse = (region) => {
    const focus = document.activeElement;
    if (focus && focus !== document.body && region.contains(focus)) return true;
    const chosen = getSelection();
    if (chosen && !chosen.isCollapsed && region.contains(chosen.anchorNode)) return true;
    return Boolean(region.querySelector("details[open]"));
  };

  /* One element made like another, as little as possible: what is equal is left alone, images are not loaded again. */
  const morph = (here, there) => {
    if (here.isEqualNode(there)) return;
    if (here.nodeType !== there.nodeType || here.nodeName !== there.nodeName || here.nodeType !== Node.ELEMENT_NODE ||
        (here.id || there.id) && here.id !== there.id) { here.replaceWith(there); return; }
    for (const { name } of [...here.attributes]) if (!there.hasAttribute(name)) here.removeAttribute(name);
    for (const { name, value } of there.attributes) if (here.getAttribute(name) !== value) here.setAttribute(name, value);
    const byId = new Map([...here.children].filter((child) => child.id).map((child) => [child.id, child]));
    let at = here.firstChild;
    for (const wanted of [...there.childNodes]) {
      const known = wanted.id && byId.get(wanted.id);
      if (known) {
        if (known !== at) here.insertBefore(known, at); else at = at.nextSibling;
        morph(known, wanted);
      } else if (at && !at.id && !wanted.id && at.nodeName === wanted.nodeName) {
        const next = at.nextSibling;
        morph(at, wanted);
        at = next;
      } else {
        here.insertBefore(wanted, at);
        if (wanted.classList) wanted.classList.add("fresh");
      }
    }
    while (at) { const next = at.nextSibling; at.remove(); at = next; }
  };

  /* A list that somebody reads does not jump: rows that are there are brought up to date, new ones announce themselves. */
  const announce = (region, fresh) => {
    const rows = [...fresh.querySelectorAll("[data-row]")], shown = [...region.querySelectorAll("[data-row]")];
    const now = new Set(rows.map((row) => row.id)), before = new Set(shown.map((row) => row.id));
    const added = rows.filter((row) => !before.has(row.id));
    /* What fits no longer is struck out. What is older than the last row now stands on the next page. */
    const number = (row) => Number(row.id.split("-")[1]);
    const last = fresh.ownerDocument.querySelector("a[rel=next]") ? Math.min(...rows.map(number)) : 0;
    const left = shown.filter((row) => !now.has(row.id) && number(row) > last);
    for (const row of rows) if (before.has(row.id)) { const old = document.getElementById(row.id); if (!isInUse(old)) morph(old, row); }
    for (const row of shown) row.classList.toggle("left", left.includes(row));
    let chip = document.querySelector(".chip");
    if (!added.length && !left.length) { if (chip) chip.remove(); return; }
    if (!chip) {
      chip = document.body.appendChild(document.createElement("button"));
      chip.className = "chip";
      chip.addEventListener("click", () => { location.assign(location.href); });
    }
    chip.textContent = [[region.dataset.new, added], [region.dataset.left, left]]
      .filter(([, those]) => those.length).map(([text, those]) => text.replace("{n}", those.length)).join(", ");
  };

  /* What is shown may be old: said until it is brought up to date again. */
  const late = document.getElementById("late");
  const say = (why) => { late.hidden = !why; late.textContent = why ? late.dataset[why] : ""; };

  const refresh = async () => {
    if (document.hidden) { stale = true; return; }
    if (busy) { again = true; return; }  /* what is on its way may be older than this */
    busy = true; stale = again = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store", redirect: "manual" });
      if (!answer.ok) {
        if (!problem) say(answer.type === "opaqueredirect" ? "out" : answer.status === 404 ? "gone" : "away");
        return;
      }
      if (problem) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const region of live()) {
        const fresh = page.getElementById(region.id);
        if (!fresh) continue;
        if (region.dataset.live === "announce" && region.querySelector("[data-row]")) announce(region, fresh);
        else if (isInUse(region)) stale = true;
        else morph(region, fresh);
      }
      times();
      buttons();
      say("");
    } catch { stale = true; say("away"); } finally { busy = false; if (again) refresh(); }
  };

  const listen = () => {
    if (source || document.hidden || !live().length) return;
    source = new EventSource("/events");
    source.addEventListener("change", refresh);
    /* What changed since this page was made, and before anybody listened, no event tells of. */
    source.onopen = () => (window.requestIdleCallback || setTimeout)(refresh, { timeout: 1000 });
    /* A lost connection is opened again by the browser, and an answer other than 200 (signed out, a proxy's) by nobody. */
    source.onerror = () => {
      if (source && source.readyState === EventSource.CLOSED) { source = null; setTimeout(listen, 10000); }
      refresh();
    };
  };
  const leave = () => { if (source) { source.close(); source = null; stale = true; } };
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); else listen(); });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", listen);
  document.addEventListener("focusout", () => { if (stale) setTimeout(refresh, 200); });

  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const times = () => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const seconds = (new Date(time.dateTime) - Date.now()) / 1000, far = Math.abs(seconds);
      if (!time.title) time.title = time.textContent;
      time.textContent = far < 45 ? words.format(Math.round(seconds), "second") : far < 2700 ? words.format(Math.round(seconds / 60), "minute")
        : far < 79200 ? words.format(Math.round(seconds / 3600), "hour") : far < 2e6 ? words.format(Math.round(seconds / 86400), "day") : time.title;
    }
  };
  setInterval(() => { if (!document.hidden) times(); }, 30000);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    if (navigator.clipboard) await navigator.clipboard.writeText(button.dataset.copy);
    else {  /* browsers give it to pages of this machine, and over TLS */
      const text = button.parentNode.appendChild(document.createElement("textarea"));
      text.value = button.dataset.copy;
      text.focus({ preventScroll: true });
      text.select();
      const done = document.execCommand("copy");
      text.remove();
      button.focus();
      if (!done) return;
    }
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 1500);
  });
  const buttons = () => { for (const one of document.querySelectorAll("[data-copy]")) one.hidden = false; };

  buttons();
  times();
  listen();
})();

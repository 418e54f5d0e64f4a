/* Small comforts. Every page works without this file. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");

  // Theme: what this browser was last told, else what the system says.
  function stored() {
    try { return window.localStorage.getItem("theme"); } catch (refused) { return null; }
  }
  var theme = stored();
  if (theme === "light" || theme === "dark") { root.dataset.theme = theme; }

  function toggleTheme() {
    var isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : window.matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    try { window.localStorage.setItem("theme", root.dataset.theme); } catch (refused) { /* kept for this page only */ }
  }

  // Quick exit: the page is replaced, so that "back" does not return to it. Where it is a form's button, the form is
  // sent on the way out, and ends on the node what was open.
  function leave(exit) {
    root.hidden = true;
    if (exit.form && navigator.sendBeacon) { navigator.sendBeacon(exit.form.action, new FormData(exit.form)); }
    window.location.replace(exit.href || exit.getAttribute("data-quick-exit"));
  }

  document.addEventListener("click", function (event) {
    var target = event.target.closest ? event.target : event.target.parentElement;
    var exit = target.closest("[data-quick-exit]");
    if (exit) { event.preventDefault(); leave(exit); return; }
    if (target.closest("[data-theme-toggle]")) { toggleTheme(); }
  });

  // Whoever signs out locks the pages of this browser that hold interviews under a key in memory.
  document.addEventListener("submit", function (event) {
    if (/\/sign-out\/$/.test(event.target.action) && window.BroadcastChannel) {
      new window.BroadcastChannel("mainstay-offline").postMessage("lock");
    }
  });

  // A page that was left or locked is not shown again from the browser's memory.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { window.location.reload(); }
  });

  var lastEscape = -1000;
  function isTyping(element) {
    return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
  }

  // j and k walk through the rows of the first list; enter opens, as on every link.
  function walk(step) {
    var rows = Array.prototype.filter.call(document.querySelectorAll("main .table tbody tr"), function (row) {
      return row.querySelector("a[href], button") && row.offsetParent !== null;
    });
    if (!rows.length) { return; }
    var here = rows.indexOf(document.activeElement.closest("tr"));
    var next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1);
    var link = rows[next].querySelector("a[href], button");
    link.focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      var exit = document.querySelector("[data-quick-exit]");
      if (exit && event.timeStamp - lastEscape < 700) { leave(exit); }
      lastEscape = event.timeStamp;
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(document.activeElement)) { return; }
    if (event.key === "j") { walk(1); }
    if (event.key === "k") { walk(-1); }
  });
})();

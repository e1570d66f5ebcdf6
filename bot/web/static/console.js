/* The console alive: what changed is fetched by htmx, times tick, and a lost connection is shown at once. */
(function () {
  "use strict";
  var url = document.body.getAttribute("data-events");
  var part = document.querySelector(document.body.getAttribute("data-part") || "#none");
  var lost = document.getElementById("lost");
  var loaded = Date.now();
  var heard = Date.now();
  var source = null;
  var timer = null;

  var late = false;

  function typing() {
    var field = document.activeElement;
    return field && part.contains(field) && "defaultValue" in field && field.value !== field.defaultValue;
  }
  function refresh() {
    if (!window.htmx || !part) { return; }
    late = typing();  // what somebody is writing must not vanish under their hands
    if (!late) { window.htmx.trigger(part, "refresh"); }
  }
  if (part) { part.addEventListener("focusout", function () { setTimeout(function () { if (late) { refresh(); } }, 0); }); }

  function connect() {
    if (document.hidden) { return; }
    source = new EventSource(url);
    source.onopen = function () { alive(); };
    source.addEventListener("changed", function () { alive(); refresh(); });
    source.addEventListener("beat", alive);
    source.addEventListener("expired", function () {
      source.close();
      source = null;
      url = null;
      document.getElementById("expired").hidden = false;
    });
    source.onerror = function () {
      lost.hidden = !url;
      if (source && source.readyState === 2) {
        source.close();
        source = null;
        clearTimeout(timer);
        timer = setTimeout(function () { if (url && !source) { connect(); } }, 3000);
      }
    };
  }
  function alive() { heard = Date.now(); lost.hidden = true; }

  if (url && window.EventSource) {
    connect();
    setInterval(function () { if (url && !document.hidden && Date.now() - heard > 40000) { lost.hidden = false; } }, 2000);
    // a browser holds few lines to one server: a tab that nobody looks at gives its own back, or the next would hang
    document.addEventListener("visibilitychange", function () {
      if (document.hidden) {
        clearTimeout(timer);
        if (source) { source.close(); source = null; }
      } else if (url) {
        heard = Date.now();
        if (!source) { connect(); }
        refresh();
      }
    });
  }
  document.body.addEventListener("htmx:afterSwap", function () { loaded = Date.now(); tick(); });
  document.body.addEventListener("htmx:sendError", function () { lost.hidden = false; });

  function two(number) { return ("0" + number).slice(-2); }
  function words(seconds) {
    var s = Math.max(0, Math.floor(seconds)), m = Math.floor(s / 60), h = Math.floor(m / 60);
    var kind = s < 60 ? "s" : m < 10 ? "ms" : m < 60 ? "m" : h < 48 ? "hm" : "d";
    return document.body.getAttribute("data-" + kind)
      .replace("{d}", Math.floor(h / 24)).replace("{h}", h)
      .replace("{m}", kind === "hm" ? two(m % 60) : m).replace("{s}", kind === "ms" ? two(s % 60) : s);
  }
  function tick() {
    var since = (Date.now() - loaded) / 1000, i, times = document.querySelectorAll("time[data-age], time[data-left]");
    for (i = 0; i < times.length; i++) {
      if (times[i].hasAttribute("data-age")) { times[i].textContent = words(Number(times[i].getAttribute("data-age")) + since); }
      else { times[i].textContent = words(Number(times[i].getAttribute("data-left")) - since); }
    }
  }
  setInterval(tick, 1000);
  tick();
})();

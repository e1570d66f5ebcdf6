/* The chat page without reloading. Everything works without this file too; only old, plain JavaScript here. */
(function () {
  "use strict";
  if (!window.fetch || !window.EventSource || !window.URLSearchParams) { return; }

  var log = document.getElementById("log");
  var main = document.querySelector("main");
  var trouble = document.getElementById("trouble");
  var sending = document.getElementById("sending");
  var list = document.getElementById("choice-list");
  var choices = document.getElementById("choices");
  var write = document.getElementById("write");
  var text = document.getElementById("text");
  var newest = log.getAttribute("data-after") || "0";
  var queue = [];      // what is not yet stored, in order
  var busy = false;
  var offline = false;
  var left = false;

  function words(id) { return document.getElementById("words-" + id).innerHTML; }
  function toEnd() { main.scrollTop = main.scrollHeight; }
  function say(message) { trouble.innerHTML = message; trouble.hidden = !message; if (message) { toEnd(); } }
  function worry() { say(queue.length && queue[0].tries > 1 ? words("not-sent") : offline ? words("offline") : ""); }

  function nonce() {
    var bytes = new Uint8Array(16), out = "", i;
    if (window.crypto && crypto.getRandomValues) { crypto.getRandomValues(bytes); }
    else { for (i = 0; i < 16; i++) { bytes[i] = Math.floor(Math.random() * 256); } }
    for (i = 0; i < 16; i++) { out += ("0" + bytes[i].toString(16)).slice(-2); }
    return out;
  }

  function mine(message) {
    var line = document.createElement("li"), p = document.createElement("p"), who = document.createElement("span");
    var bdi = document.createElement("bdi");
    line.className = "line person waiting";
    who.className = "unseen";
    who.innerHTML = words("me") + ":";
    bdi.textContent = message;
    p.appendChild(bdi);
    line.appendChild(who);
    line.appendChild(p);
    log.appendChild(line);
    toEnd();
    return line;
  }

  function post(name, value, shown) {
    list.innerHTML = "";
    queue.push({ name: name, value: value, nonce: nonce(), line: mine(shown), tries: 0 });
    next();
  }

  function next() {
    if (busy || !queue.length || left) { return; }
    var item = queue[0], body = new URLSearchParams();
    busy = true;
    item.tries += 1;
    sending.hidden = false;
    body.append(item.name, item.value);
    body.append("nonce", item.nonce);
    fetch("/chat/messages", { method: "POST", body: body, credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (answer) {
        if (answer.ok) { return stored(item); }
        if (answer.status === 413 || answer.status === 403) {
          return answer.json().then(function (said) { queue.shift(); say(said.error); settle(0); });
        }
        throw new Error("again");
      })
      .catch(function () { settle(Math.min(15000, 1000 * item.tries)); worry(); });
  }

  function stored(item) {
    queue.shift();
    item.line.className = "line person";
    worry();
    if (!source) { listen(); }
    settle(0);
  }

  function settle(pause) {
    sending.hidden = pause > 0 || !queue.length;
    setTimeout(function () { busy = false; next(); }, pause);
  }

  write.addEventListener("submit", function (e) {
    e.preventDefault();
    var message = text.value;
    if (!message.trim()) { return; }
    text.value = "";
    grow();
    text.focus();
    post("text", message, message);
  });
  choices.addEventListener("click", function (e) {
    var button = e.target.closest ? e.target.closest("button") : e.target;
    if (!button || button.name !== "press") { return; }
    e.preventDefault();
    post("press", button.value, button.textContent);
    if (hovers()) { text.focus(); }       // on a phone the keyboard would come up over the answer
  });
  text.addEventListener("keydown", function (e) {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing && hovers()) {
      e.preventDefault();
      write.querySelector("button").click();
    }
  });
  function hovers() { return !!window.matchMedia && window.matchMedia("(hover: hover)").matches; }
  function grow() { text.rows = Math.min(5, text.value.split("\n").length); }
  text.addEventListener("input", grow);

  var source = null;
  function listen() {
    // a page that was built before the chat was hidden is told so at once
    source = new EventSource("/chat/events?after=" + newest + "&hidden=" + encodeURIComponent(log.getAttribute("data-hidden")));
    source.onopen = function () { offline = false; worry(); };
    source.onerror = function () {
      if (left) { return; }
      if (source && source.readyState === 2) { source = null; setTimeout(function () { if (!source) { listen(); } }, 4000); }
      setTimeout(function () { if (!source || source.readyState !== 1) { offline = true; worry(); } }, 3000);
    };
    source.addEventListener("line", function (e) {
      var holder = document.createElement("ol");
      newest = e.lastEventId || newest;
      holder.innerHTML = e.data;               // rendered and escaped by the server
      var line = holder.querySelector("li");
      if (!line || document.getElementById(line.id)) { return; }
      list.innerHTML = "";
      log.appendChild(line);
      toEnd();
    });
    source.addEventListener("choices", function (e) {
      // what the person has written meanwhile answers the question that these belong to
      if (!queue.length && log.lastElementChild.className.indexOf("person") < 0) { list.innerHTML = e.data; toEnd(); }
    });
    source.addEventListener("hide", function () {
      var lines = log.querySelectorAll(".line:not(.intro)"), i;
      for (i = 0; i < lines.length; i++) { log.removeChild(lines[i]); }
      list.innerHTML = "";
    });
  }

  document.getElementById("leave").addEventListener("submit", function (e) {
    e.preventDefault();
    left = true;
    document.body.hidden = true;
    if (source) { source.close(); }
    if (navigator.sendBeacon) { navigator.sendBeacon("/chat/leave"); location.replace("/bang-cuu-chuong"); return; }
    fetch("/chat/leave", { method: "POST", credentials: "same-origin" }).then(gone, gone);
    function gone() { location.replace("/bang-cuu-chuong"); }
  });
  // a page put aside by the browser must not be shown again with "back"
  window.addEventListener("pageshow", function (e) { if (e.persisted) { location.reload(); } });
  window.addEventListener("online", next);

  if (log.querySelector(".line:not(.intro)")) { listen(); toEnd(); }
  grow();
})();

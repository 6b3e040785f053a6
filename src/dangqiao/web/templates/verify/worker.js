{% load static %}// Keeps what a phone needs to check a square pattern without network: one page, its script, and the keys.
const CACHE = "dangqiao-verify-1";
const PAGE = "{% url "verify_offline" %}";
const KEEP = [PAGE, "{% url "verify_keys" %}", "{% static "dangqiao/style.css" %}", "{% static "dangqiao/statement.js" %}"];
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEEP)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  } else if (KEEP.includes(new URL(request.url).pathname)) {
    // The newest while there is a network; what was kept where there is none.
    event.respondWith(caches.open(CACHE).then((cache) => fetch(request).then((answer) => {
      if (answer.ok) cache.put(request, answer.clone());
      return answer;
    }).catch(() => cache.match(request, { ignoreSearch: true }))));
  }
});

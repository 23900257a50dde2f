"use strict";
self.addEventListener("install", event => event.waitUntil((async () => {
  const store = await caches.open("paper");
  await store.addAll(["/stored.json", "/pictures/480x200-7.png"]);
  await self.skipWaiting();
})()));
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", event => {
  const address = new URL(event.request.url);
  if (address.pathname === "/made-by-the-worker") event.respondWith(new Response("no server said this"));
  else event.respondWith((async () => (await caches.match(event.request)) || fetch(event.request))());
});

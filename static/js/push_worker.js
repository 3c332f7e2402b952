// The service worker: shows what is pushed although no page is open, and opens the event.
self.addEventListener("push", (event) => {
  const { id, title, body, path, severity } = event.data.json();
  const options = { body, tag: id, data: { path }, requireInteraction: severity === "critical" };
  event.waitUntil(self.registration.showNotification(title, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});

async function open(path) {
  const address = new URL(path, self.location.origin);
  if (address.origin !== self.location.origin) return;
  const pages = await self.clients.matchAll({ type: "window" });
  for (const page of pages) if ("navigate" in page) return (await page.focus()).navigate(address.href);
  await self.clients.openWindow(address.href);
}

/** What pages of this browser keep beside the device: drafts, choices, notifications, the subscription for pushes. */
export async function erasePageData(): Promise<void> {
  sessionStorage.clear();
  localStorage.clear();
  await caches.delete("homeport-settings");
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const notification of (await registration?.getNotifications()) ?? []) notification.close();
  // Where the push service cannot be reached, the home node finds out when it pushes.
  await registration?.pushManager
    ?.getSubscription()
    .then((subscription) => subscription?.unsubscribe())
    .catch(() => undefined);
}

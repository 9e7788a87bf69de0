type T = (name: string) => string;

/** What this device could be called, by what the browser says that it runs on. The person changes it. */
export function suggestedName(t: T, agent = navigator.userAgent): string {
  if (/iPhone/.test(agent)) return "iPhone";
  if (/iPad/.test(agent)) return "iPad";
  if (/Android/.test(agent)) return t(/Mobile/.test(agent) ? "start.device.phone" : "start.device.tablet");
  if (/Windows/.test(agent)) return t("start.device.windows");
  if (/Mac OS X/.test(agent)) return "Mac";
  return t(/Linux/.test(agent) ? "start.device.linux" : "start.device.browser");
}

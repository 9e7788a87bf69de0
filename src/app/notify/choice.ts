/** What this browser tells of; kept in the browser alone, as each device is somewhere else. */
export interface NotifyChoice {
  /** `direct`: what is written to the person alone, and what names the person. */
  of: "all" | "direct" | "none";
  /** Whose message it is and what it says; otherwise only that there is one, where, and under which label. */
  content: boolean;
}

const KEY = "homeport-notifications";
export const NOTIFY_OF = ["all", "direct", "none"] as const;

export function notifyChoice(): NotifyChoice {
  const stored = localStorage.getItem(KEY)?.split(",") ?? [];
  return { of: NOTIFY_OF.find((of) => of === stored[0]) ?? "direct", content: stored[1] === "content" };
}

export function chooseNotify({ of, content }: NotifyChoice): void {
  localStorage.setItem(KEY, `${of},${content ? "content" : "hidden"}`);
}

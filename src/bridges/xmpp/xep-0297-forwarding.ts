import { NS } from "./ns.ts";
import type { Element } from "./xml.ts";
import { stampOf } from "./xep-0203-delay.ts";

export interface Forwarded {
  message: Element;
  /** Milliseconds since 1970; undefined where it is not said. */
  stamp: number | undefined;
}

/** What is forwarded inside; the caller has made sure that whoever forwards may do so. */
export function forwardedIn(wrapper: Element): Forwarded | undefined {
  const forwarded = wrapper.getChild("forwarded", NS.forward);
  const message = forwarded?.getChild("message", NS.client);
  return forwarded && message ? { message, stamp: stampOf(forwarded.getChild("delay", NS.delay)?.attrs["stamp"]) } : undefined;
}

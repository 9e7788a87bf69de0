import { type ComponentType, lazy, type ReactElement } from "react";
import { Archive, Bell, Disk, Globe, Info, Key, Lock, Shield, Sun, Talks } from "../common/icons.tsx";
import { useApp } from "../context.ts";
import { type SectionId, SECTIONS } from "./section-ids.ts";

interface SettingsSection {
  Icon(): ReactElement;
  Content: ComponentType;
  /** Where it is not for every device: on the node, or in a browser that is a device. */
  only?: "node" | "browser";
}

const lazily = (load: () => Promise<ComponentType>): ComponentType => lazy(async () => ({ default: await load() }));

const ALL: Record<SectionId, SettingsSection> = {
  appearance: { Icon: Sun, Content: lazily(async () => (await import("./appearance.tsx")).Appearance) },
  notifications: { Icon: Bell, Content: lazily(async () => (await import("./notifications.tsx")).Notifications) },
  lock: { Icon: Lock, Content: lazily(async () => (await import("./lock.tsx")).LockSettings), only: "browser" },
  attention: { Icon: Talks, Content: lazily(async () => (await import("./attention.tsx")).Attention) },
  recovery: { Icon: Key, Content: lazily(async () => (await import("./recovery.tsx")).Recovery) },
  backup: { Icon: Archive, only: "node", Content: lazily(async () => (await import("./backup.tsx")).Backup) },
  vault: { Icon: Shield, only: "node", Content: lazily(async () => (await import("./vault.tsx")).Vault) },
  storage: { Icon: Disk, Content: lazily(async () => (await import("./storage.tsx")).Storage) },
  address: { Icon: Globe, Content: lazily(async () => (await import("./address.tsx")).Address) },
  about: { Icon: Info, Content: lazily(async () => (await import("./about.tsx")).About) },
};

export const sectionOf = (id: SectionId): SettingsSection => ALL[id];

/** The parts that this device has. */
export function useSections(): SectionId[] {
  const { isBrowser } = useApp();
  const here = isBrowser ? "browser" : "node";
  return SECTIONS.filter((id) => (ALL[id].only ?? here) === here);
}

import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { Switch } from "../common/choices.tsx";
import { Dialog } from "../common/dialog.tsx";
import { GROUPS, SHORTCUTS } from "./key-list.ts";
import { isMac, setSingleKeys, singleKeys } from "./shortcuts.ts";

/** All keys of the app, shown by `?`. */
export function KeyMap({ onClose }: { onClose(): void }): ReactElement {
  const { t } = useTranslation();
  const [single, setSingle] = useState(singleKeys);
  return (
    <Dialog title={t("keys.title")} isOpen onClose={onClose}>
      {GROUPS.map((group) => (
        <section key={group} className="section">
          <h3>{t(`keys.group.${group}`)}</h3>
          <dl className="key-map">
            {SHORTCUTS.filter((shortcut) => shortcut.group === group).map(({ id, keys }) => (
              <div key={id}>
                <dt>{t(`keys.does.${id}`)}</dt>
                <dd>
                  <Keys keys={keys} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p className="small soft">{t("keys.controls")}</p>
      <Switch
        isOn={single}
        onChange={(on) => {
          setSingleKeys(on);
          setSingle(on);
        }}
      >
        {t("keys.single")}
      </Switch>
    </Dialog>
  );
}

function Keys({ keys }: { keys: string }): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      {keys.split(" ").map((press, place) => (
        <span key={place}>
          {place > 0 ? <span className="soft"> {t("keys.then")} </span> : null}
          {press.split("+").map((key) => (
            <kbd key={key}>{wordOf(key, t)}</kbd>
          ))}
        </span>
      ))}
    </>
  );
}

function wordOf(key: string, t: (name: string) => string): string {
  switch (key) {
    case "Mod":
      return isMac() ? "⌘" : t("keys.name.Ctrl");
    case "Alt":
      return isMac() ? "⌥" : "Alt";
    case "Shift":
      return t("keys.name.Shift");
    case "ArrowUp":
      return "↑";
    case "ArrowDown":
      return "↓";
    case "Escape":
      return "Esc";
    default:
      return key.toUpperCase();
  }
}

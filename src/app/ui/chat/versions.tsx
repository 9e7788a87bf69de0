import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../../../api/messages.ts";
import type { Result } from "../../../api/methods.ts";
import { Dialog } from "../common/dialog.tsx";
import { useApp } from "../context.ts";
import { linkify } from "./linkify.tsx";
import { momentText } from "./times.ts";

/** What a message said before. */
export function Versions({ message, onClose }: { message: Message; onClose(): void }): ReactElement {
  const { t, i18n } = useTranslation();
  const { store } = useApp();
  const [versions, setVersions] = useState<Result<"message.versions">>();
  useEffect(() => {
    void store.attempt(async () => setVersions(await store.client.call("message.versions", { message: message.id })));
  }, [store, message.id]);
  return (
    <Dialog title={t("talk.versions")} isOpen onClose={onClose}>
      {versions ? (
        <ol className="versions">
          {versions.map(({ text, ts }) => (
            <li key={ts}>
              <span className="small soft">{momentText(ts, i18n.language)}</span>
              <div className="text" dir="auto">
                {linkify(text)}
              </div>
            </li>
          ))}
        </ol>
      ) : (
        <p>{t("loading")}</p>
      )}
    </Dialog>
  );
}

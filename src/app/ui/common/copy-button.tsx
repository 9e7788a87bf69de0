import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";
import { Check, Copy } from "./icons.tsx";

export function CopyButton({ text, words }: { text: string; words?: string }): ReactElement {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  return (
    <Button onPress={() => void navigator.clipboard.writeText(text).then(() => setDone(true))}>
      {done ? <Check /> : <Copy />}
      {done ? t("copied") : (words ?? t("copy"))}
    </Button>
  );
}

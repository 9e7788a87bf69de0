import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";

export function CopyButton({ text }: { text: string }): ReactElement {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  return (
    <div>
      <Button onPress={() => void navigator.clipboard.writeText(text).then(() => setDone(true))}>{done ? t("copied") : t("copy")}</Button>
    </div>
  );
}

import { type KeyboardEvent, type ReactElement, useRef } from "react";
import { Dialog } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { EMOJI_GROUPS, emojiOf } from "../../state/emoji.ts";

/** Arrow keys go from one to the next, Enter takes it. */
export function EmojiPicker({ onPick }: { onPick(emoji: string): void }): ReactElement {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...(box.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const first = buttons[0];
    const perRow = first ? Math.max(1, Math.floor((box.current?.clientWidth ?? 0) / first.offsetWidth)) : 1;
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perRow, ArrowUp: -perRow };
    const step = steps[event.key];
    if (step === undefined || at < 0) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, at + step))]?.focus();
  };
  return (
    <Dialog className="emoji" aria-label={t("emoji.title")}>
      <div ref={box} onKeyDown={onKeyDown}>
        {EMOJI_GROUPS.map((group, g) => (
          <div key={group} role="group" aria-label={t(`emoji.${group}`)}>
            {emojiOf(group).map((emoji, n) => (
              <button
                key={emoji}
                type="button"
                tabIndex={g === 0 && n === 0 ? 0 : -1}
                autoFocus={g === 0 && n === 0}
                onClick={() => onPick(emoji)}
              >
                {emoji}
              </button>
            ))}
          </div>
        ))}
      </div>
    </Dialog>
  );
}

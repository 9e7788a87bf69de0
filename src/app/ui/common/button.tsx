import type { ReactElement, ReactNode } from "react";
import { Button as AriaButton, Tooltip, TooltipTrigger } from "react-aria-components";

interface ButtonProps {
  children: ReactNode;
  onPress?: (() => void) | undefined;
  kind?: "main" | "bad" | "bare" | undefined;
  type?: "submit" | "button";
  isDisabled?: boolean | undefined;
  /** Its name, where the content is none or says too little. */
  label?: string;
  /** Of a dialog: `close` closes it. */
  slot?: "close";
  wide?: boolean;
}

export function Button({ children, onPress, kind, type = "button", isDisabled = false, label, slot, wide }: ButtonProps): ReactElement {
  return (
    <AriaButton
      className={["button", kind, wide ? "wide" : undefined].filter(Boolean).join(" ")}
      type={type}
      isDisabled={isDisabled}
      {...(slot ? { slot } : {})}
      {...(onPress ? { onPress } : {})}
      {...(label === undefined ? {} : { "aria-label": label })}
    >
      {children}
    </AriaButton>
  );
}

interface IconButtonProps {
  label: string;
  icon: ReactNode;
  onPress?: (() => void) | undefined;
  isDisabled?: boolean;
  slot?: "close";
  /** Where it says more than the name, e.g. with the key that does the same. */
  hint?: string;
}

/** A drawing alone; its name is told to screen readers, and shown where a pointer rests on it. */
export function IconButton({ label, icon, onPress, isDisabled = false, slot, hint = label }: IconButtonProps): ReactElement {
  return (
    <TooltipTrigger delay={600}>
      <AriaButton
        className="button bare icon-only"
        aria-label={label}
        isDisabled={isDisabled}
        {...(slot ? { slot } : {})}
        {...(onPress ? { onPress } : {})}
      >
        {icon}
      </AriaButton>
      <Tooltip className="tooltip" offset={4}>
        {hint}
      </Tooltip>
    </TooltipTrigger>
  );
}

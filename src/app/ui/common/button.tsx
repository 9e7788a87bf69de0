import type { ReactElement, ReactNode } from "react";
import { Button as AriaButton } from "react-aria-components";

interface ButtonProps {
  children: ReactNode;
  onPress?: () => void;
  kind?: "main" | "bad" | "bare" | undefined;
  type?: "submit" | "button";
  isDisabled?: boolean;
  label?: string;
}

export function Button({ children, onPress, kind, type = "button", isDisabled = false, label }: ButtonProps): ReactElement {
  return (
    <AriaButton
      className={kind ? `button ${kind}` : "button"}
      type={type}
      isDisabled={isDisabled}
      {...(onPress ? { onPress } : {})}
      {...(label === undefined ? {} : { "aria-label": label })}
    >
      {children}
    </AriaButton>
  );
}

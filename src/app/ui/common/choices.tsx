import type { ReactElement, ReactNode } from "react";
import {
  CheckboxButton,
  CheckboxField,
  Label,
  RadioButton,
  RadioField,
  RadioGroup,
  SwitchButton,
  SwitchField,
} from "react-aria-components";
import { Check } from "./icons.tsx";

interface ToggleProps {
  children: ReactNode;
  isOn: boolean;
  onChange(on: boolean): void;
  isDisabled?: boolean;
}

/** Takes effect at once. */
export function Switch({ children, isOn, onChange, isDisabled = false }: ToggleProps): ReactElement {
  return (
    <SwitchField isSelected={isOn} onChange={onChange} isDisabled={isDisabled}>
      <SwitchButton className="switch">
        <span>{children}</span>
        <span className="track" aria-hidden="true" />
      </SwitchButton>
    </SwitchField>
  );
}

/** Takes effect with the form that it is in. */
export function Checkbox({ children, isOn, onChange, isDisabled = false }: ToggleProps): ReactElement {
  return (
    <CheckboxField isSelected={isOn} onChange={onChange} isDisabled={isDisabled}>
      <CheckboxButton className="check">
        <span className="box" aria-hidden="true">
          <Check />
        </span>
        <span>{children}</span>
      </CheckboxButton>
    </CheckboxField>
  );
}

interface ChoicesProps<T extends string> {
  label: string;
  value: T | null;
  onChange(value: T): void;
  options: readonly { value: T; label: string; help?: string; lang?: string }[];
}

/** One of several, each with words of its own. */
export function Choices<T extends string>({ label, value, onChange, options }: ChoicesProps<T>): ReactElement {
  return (
    <RadioGroup className="choices" value={value} onChange={(chosen) => onChange(chosen as T)}>
      <Label className="small strong">{label}</Label>
      {options.map((option) => (
        <RadioField key={option.value} value={option.value}>
          <RadioButton className="choice">
            <span className="dot" aria-hidden="true" />
            <span>
              <span className="strong" lang={option.lang}>
                {option.label}
              </span>
              {option.help === undefined ? null : (
                <span className="small soft" style={{ display: "block" }}>
                  {option.help}
                </span>
              )}
            </span>
          </RadioButton>
        </RadioField>
      ))}
    </RadioGroup>
  );
}

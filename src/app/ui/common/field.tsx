import { type HTMLInputTypeAttribute, type ReactElement, type ReactNode, useId } from "react";

interface CommonProps {
  label: string;
  value: string;
  onChange(value: string): void;
  help?: ReactNode;
  error?: string | undefined;
  isRequired?: boolean;
  isDisabled?: boolean;
}

interface FieldProps extends CommonProps {
  type?: Extract<HTMLInputTypeAttribute, "text" | "password" | "search" | "number" | "datetime-local" | "url">;
  placeholder?: string;
  autoFocus?: boolean;
  /** As of HTML; nothing is filled in if not told otherwise. */
  autoComplete?: string;
  inputMode?: "numeric" | "url" | "text";
  /** Regular expression of HTML. */
  pattern?: string | undefined;
  min?: number;
  max?: number;
}

export function Field({ label, value, onChange, type = "text", help, error, isRequired, isDisabled, ...rest }: FieldProps): ReactElement {
  const id = useId();
  const { autoFocus = false, autoComplete = "off", ...input } = rest;
  return (
    <Around {...{ id, label, help, error }}>
      <input
        {...{ id, type, value, autoComplete }}
        {...input}
        required={isRequired}
        disabled={isDisabled}
        spellCheck={false}
        autoCapitalize="none"
        autoFocus={autoFocus}
        onChange={(event) => onChange(event.target.value)}
        {...described(id, help, error)}
      />
    </Around>
  );
}

interface TextAreaProps extends CommonProps {
  rows?: number;
  placeholder?: string;
}

export function TextArea({
  label,
  value,
  onChange,
  help,
  error,
  isRequired,
  isDisabled,
  rows = 3,
  placeholder,
}: TextAreaProps): ReactElement {
  const id = useId();
  return (
    <Around {...{ id, label, help, error }}>
      <textarea
        {...{ id, value, rows, placeholder }}
        required={isRequired}
        disabled={isDisabled}
        autoComplete="off"
        spellCheck={false}
        autoCapitalize="none"
        onChange={(event) => onChange(event.target.value)}
        {...described(id, help, error)}
      />
    </Around>
  );
}

interface SelectProps<T extends string> extends Omit<CommonProps, "value" | "onChange"> {
  value: T;
  onChange(value: T): void;
  options: readonly { value: T; label: string; lang?: string }[];
}

/** The browser's own list: on a phone it is the one that people know. */
export function Select<T extends string>({
  label,
  value,
  onChange,
  help,
  error,
  isRequired,
  isDisabled,
  options,
}: SelectProps<T>): ReactElement {
  const id = useId();
  return (
    <Around {...{ id, label, help, error }}>
      <select
        {...{ id, value }}
        required={isRequired}
        disabled={isDisabled}
        onChange={(event) => onChange(event.target.value as T)}
        {...described(id, help, error)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} lang={option.lang}>
            {option.label}
          </option>
        ))}
      </select>
    </Around>
  );
}

interface AroundProps {
  id: string;
  label: string;
  help: ReactNode;
  error: string | undefined;
  children: ReactNode;
}

function Around({ id, label, help, error, children }: AroundProps): ReactElement {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {help === undefined ? null : (
        <span id={`${id}-help`} className="small soft">
          {help}
        </span>
      )}
      {error === undefined ? null : (
        <span id={`${id}-error`} className="field-error" role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

function described(id: string, help: ReactNode, error: string | undefined) {
  const ids = [help === undefined ? "" : `${id}-help`, error === undefined ? "" : `${id}-error`].filter(Boolean);
  return { ...(ids.length > 0 ? { "aria-describedby": ids.join(" ") } : {}), ...(error === undefined ? {} : { "aria-invalid": true }) };
}

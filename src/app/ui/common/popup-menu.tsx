import { type ReactElement, useRef } from "react";
import { Menu, MenuItem, Popover } from "react-aria-components";
import type { Action } from "./menu.tsx";

interface PopupMenuProps {
  label: string;
  anchor: HTMLElement;
  actions: readonly Action[];
  /** It was left without choosing anything. */
  onClose(): void;
}

/** A menu beside what it was asked for at, by the keyboard, a long press or the second button of a mouse. */
export function PopupMenu({ label, anchor, actions, onClose }: PopupMenuProps): ReactElement {
  const chosen = useRef(false);
  const close = () => {
    if (!chosen.current) onClose();
  };
  const trigger = useRef<HTMLElement>(anchor);
  return (
    <Popover
      className="menu-box"
      triggerRef={trigger}
      isOpen
      placement="bottom start"
      onOpenChange={(open) => (open ? undefined : close())}
    >
      <Menu className="menu" aria-label={label} autoFocus="first">
        {actions.map((action) => (
          <MenuItem
            key={action.id}
            id={action.id}
            className="menu-item"
            textValue={action.label}
            isDisabled={action.isDisabled ?? false}
            onAction={() => {
              chosen.current = true;
              action.onAction();
            }}
            {...(action.kind ? { "data-kind": action.kind } : {})}
          >
            {action.icon}
            {action.label}
          </MenuItem>
        ))}
      </Menu>
    </Popover>
  );
}

import type { ReactElement, ReactNode } from "react";
import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { IconButton } from "./button.tsx";
import { More } from "./icons.tsx";

export interface Action {
  id: string;
  label: string;
  icon?: ReactNode;
  kind?: "bad";
  isDisabled?: boolean;
  onAction(): void;
}

/** What else can be done, behind a button. */
export function MenuButton({
  label,
  actions,
  icon = <More />,
}: {
  label: string;
  actions: readonly Action[];
  icon?: ReactNode;
}): ReactElement {
  return (
    <MenuTrigger>
      <IconButton label={label} icon={icon} />
      <Popover className="menu-box" placement="bottom end">
        <Menu className="menu">
          {actions.map((action) => (
            <MenuItem
              key={action.id}
              id={action.id}
              className="menu-item"
              textValue={action.label}
              isDisabled={action.isDisabled ?? false}
              onAction={action.onAction}
              {...(action.kind ? { "data-kind": action.kind } : {})}
            >
              {action.icon}
              {action.label}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

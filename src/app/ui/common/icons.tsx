import type { ReactElement } from "react";

/** Shapes that differ without their colour. Words always stand beside them. */
function Icon({ d }: { d: string }): ReactElement {
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={d} />
    </svg>
  );
}

export const OpenLockSlashed = () => <Icon d="M6 11h12v9H6z M8 11V7a4 4 0 0 1 7.6-1.7 M3 3l18 18" />;
export const Eye = () => <Icon d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z" />;
export const HouseLock = () => <Icon d="M3 11l9-8 9 8v9H3z M10 14h4v4h-4z M11 14v-1.5a1 1 0 0 1 2 0V14" />;
export const Devices = () => <Icon d="M3 5h13v10H3z M1 19h14 M17 9h5v10h-5z" />;
export const ArrowBack = () => <Icon d="M15 5l-7 7 7 7" />;

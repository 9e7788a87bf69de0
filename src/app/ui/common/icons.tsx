import type { ReactElement } from "react";

interface IconProps {
  /** Points along the line of text, and so the other way in a right-to-left language. */
  along?: boolean;
  d: string;
}

/** Line drawings of 24 by 24 that differ without their colour. Words always stand beside them, or name them. */
function Icon({ d, along = false }: IconProps): ReactElement {
  return (
    <svg
      className="icon"
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      {...(along ? { "data-along": true } : {})}
    >
      <path d={d} />
    </svg>
  );
}

/** Drawn once, used as `<Icons.bell />` would be: each is a component of its own. */
const made =
  (d: string, along = false) =>
  (): ReactElement => <Icon d={d} along={along} />;

// Labels
export const OpenLockSlashed = made("M6 11h12v9H6z M8 11V7a4 4 0 0 1 7.6-1.7 M3 3l18 18");
export const Eye = made("M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z");
export const HouseLock = made("M3 11l9-8 9 8v9H3z M10 14h4v4h-4z M11 14v-1.5a1 1 0 0 1 2 0V14");
export const Devices = made("M3 5h13v10H3z M1 19h14 M17 9h5v10h-5z");

// Directions
export const ArrowBack = made("M15 5l-7 7 7 7", true);
export const ChevronOn = made("M9 5l7 7-7 7", true);

// Places
export const Talks = made("M4 5h16v11H9l-5 4z M8 9h8 M8 12h5");
export const Networks = made("M12 4v5 M7 9h10v4a5 5 0 0 1-10 0z M9 4v3 M15 4v3 M12 18v3");
export const Gear = made(
  "M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z M12 2.5v3 M12 18.5v3 M2.5 12h3 M18.5 12h3 M5.3 5.3l2.1 2.1 M16.6 16.6l2.1 2.1 M18.7 5.3l-2.1 2.1 M7.4 16.6l-2.1 2.1",
);
export const Phone = made("M7 3h10v18H7z M11 18h2");
export const Computer = made("M3 5h18v11H3z M9 20h6 M12 16v4");

// Things
export const Key = made("M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M11 12l9-9 M16 7l3 3 M13.5 9.5l2 2");
export const Shield = made("M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z");
export const Archive = made("M3 5h18v4H3z M5 9v11h14V9 M10 13h4");
export const Disk = made("M4 6c0-3 16-3 16 0v12c0 3-16 3-16 0z M4 6c0 3 16 3 16 0 M4 12c0 3 16 3 16 0");
export const Bell = made("M6 16V11a6 6 0 0 1 12 0v5l2 2H4z M10 21h4");
export const Sun = made(
  "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M12 2v2 M12 20v2 M2 12h2 M20 12h2 M5 5l1.5 1.5 M17.5 17.5L19 19 M19 5l-1.5 1.5 M6.5 17.5L5 19",
);
export const Globe = made("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M3 12h18 M12 3c5 5 5 13 0 18 M12 3c-5 5-5 13 0 18");
export const Lock = made("M6 11h12v9H6z M8 11V7a4 4 0 0 1 8 0v4");
export const Info = made("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M12 11v6 M12 7.5v.5");
export const Warning = made("M12 3L2 20h20z M12 10v5 M12 17.5v.5");
export const Snow = made("M12 2v20 M3.5 7l17 10 M20.5 7l-17 10 M9 3.5l3 2.5 3-2.5 M9 20.5l3-2.5 3 2.5");
export const Camera = made("M3 8h4l2-3h6l2 3h4v11H3z M12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z");

// Actions
export const Check = made("M5 12l5 5 9-10");
export const Cross = made("M6 6l12 12 M18 6L6 18");
export const Plus = made("M12 5v14 M5 12h14");
export const More = made(
  "M12 5h.01 M12 12h.01 M12 19h.01 M11.5 5a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0 M11.5 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0 M11.5 19a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0",
);
export const Copy = made("M9 9h11v12H9z M5 15H4V3h11v2");
export const Search = made("M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z M15.5 15.5L21 21");
export const Bin = made("M4 7h16 M9 7V4h6v3 M6 7l1 14h10l1-14 M10 11v6 M14 11v6");
export const Reload = made("M20 12a8 8 0 1 1-2.5-5.8 M20 3v4h-4");

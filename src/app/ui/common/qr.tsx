import { encodeQR } from "qr";
import type { ReactElement } from "react";

/** Drawn as one path: no markup is parsed. */
export function Qr({ text, label }: { text: string; label: string }): ReactElement {
  const cells = encodeQR(text, "raw", { ecc: "low", border: 2 });
  const path = cells.flatMap((line, y) => line.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      className="qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${cells.length} ${cells.length}`}
      width="320"
      shapeRendering="crispEdges"
    >
      <path d={path} fill="#000" />
    </svg>
  );
}

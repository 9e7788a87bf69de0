import { encodeQR } from "qr";

/** A QR code as text, dark on light whatever the colours of the terminal are where `colours` may be used. */
export const qrText = (text: string, colours: boolean): string => encodeQR(text, colours ? "term" : "ascii", { ecc: "low", border: 2 });

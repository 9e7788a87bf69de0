/** A secret as the device API carries it: base64, checked by its schema. */
export const decodeSecret = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

/** The part of Trusted Types that is used here; browsers without them take the plain text. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
}

const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;

/** The one policy of the app: scripts come from this origin, or not at all. */
const policy = types?.createPolicy("homeport", {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError("a script of another origin");
    return url;
  },
});

export function scriptUrl(url: string): string {
  return (policy?.createScriptURL(url) ?? url) as string;
}

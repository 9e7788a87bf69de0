/**
 * Imported before automerge-repo: its CBOR library asks for a native helper, which is installed as an empty package (see `overrides`
 * in package.json) where optional packages of other platforms are not served. Without this it decodes nothing at all.
 */
process.env.CBOR_NATIVE_ACCELERATION_DISABLED = "true";

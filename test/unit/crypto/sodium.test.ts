import { blake2b } from "@noble/hashes/blake2.js";
import { createHash, createPublicKey, verify } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSeedSigner } from "../../../src/sync/crypto/seed-signer.ts";
import { createSodiumCrypto, createSodiumRandom } from "../../../src/sync/crypto/sodium.ts";
import { DOMAIN } from "../../../src/sync/domains.ts";
import { concat, fromHex, toHex, utf8 } from "../../../src/sync/encoding/bytes.ts";

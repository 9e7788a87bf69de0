import { z } from "zod";

// Imported first: zod would make functions from text, which the content security policy forbids.
z.config({ jitless: true });

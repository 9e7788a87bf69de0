import "./no-code-from-text.ts";
import { createRoot } from "react-dom/client";
import "./styles/app.css";
import { startTexts } from "./texts/i18n.ts";
import { App } from "./ui/app.tsx";
import { applyTheme } from "./ui/settings/theme.ts";

applyTheme();
await startTexts();
const root = document.querySelector("#app");
if (root) createRoot(root).render(<App />);

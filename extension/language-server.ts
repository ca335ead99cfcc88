import typescript from "typescript";
import { serveLanguage } from "../cli/language-server.ts";

// The process that the extension starts for the language server.
serveLanguage(typescript);

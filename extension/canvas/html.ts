import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

/** The page of the canvas: one script, its styles, nothing from elsewhere. */
export function canvasPage(webview: vscode.Webview, distribution: vscode.Uri): string {
  const nonce = randomBytes(18).toString("base64url");
  const file = (name: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(distribution, "webview", name)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    // The fields for code bring their styles themselves.
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
    // The layout worker is fetched and started from a blob: a worker may not come from the resource host itself.
    `connect-src ${webview.cspSource}`,
    "worker-src blob:",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${file("codicon.css")}" id="vscode-codicon-stylesheet">
<link rel="stylesheet" href="${file("canvas.css")}">
<title>Eddy</title>
</head>
<body data-layout-worker="${file("layout-worker.js")}">
<div id="root"></div>
<script nonce="${nonce}" src="${file("canvas.js")}"></script>
</body>
</html>`;
}

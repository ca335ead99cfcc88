export type Theme = "light" | "dark" | "high-contrast";

const fonts =
  "--vscode-font-family: 'DejaVu Sans', sans-serif; --vscode-font-size: 13px; --vscode-editor-font-family: 'DejaVu Sans Mono', monospace; --vscode-editor-font-size: 12px;";

/** The variables that VS Code gives a webview in its default themes, as far as the canvas uses them. */
export const themes: Readonly<Record<Theme, string>> = {
  dark: `${fonts} color-scheme: dark;
    --vscode-foreground: #cccccc; --vscode-descriptionForeground: #9d9d9d; --vscode-errorForeground: #f85149;
    --vscode-focusBorder: #0078d4; --vscode-editor-background: #1f1f1f; --vscode-editor-foreground: #cccccc;
    --vscode-editorWidget-background: #202020; --vscode-editorWidget-foreground: #cccccc; --vscode-editorWidget-border: #454545;
    --vscode-panel-border: #2b2b2b; --vscode-sideBar-background: #181818; --vscode-input-background: #313131;
    --vscode-input-foreground: #cccccc; --vscode-input-border: #3c3c3c; --vscode-input-placeholderForeground: #989898;
    --vscode-dropdown-background: #313131; --vscode-dropdown-foreground: #cccccc; --vscode-button-background: #0078d4;
    --vscode-button-foreground: #ffffff; --vscode-button-hoverBackground: #026ec1; --vscode-button-secondaryBackground: #313131;
    --vscode-button-secondaryForeground: #cccccc; --vscode-button-secondaryHoverBackground: #3c3c3c; --vscode-badge-background: #616161;
    --vscode-badge-foreground: #f8f8f8; --vscode-list-hoverBackground: #2a2d2e; --vscode-list-activeSelectionBackground: #04395e;
    --vscode-list-activeSelectionForeground: #ffffff; --vscode-quickInput-background: #222222; --vscode-quickInput-foreground: #cccccc;
    --vscode-editorError-foreground: #f14c4c; --vscode-editorWarning-foreground: #cca700; --vscode-editor-selectionBackground: #264f7880;
    --vscode-editorIndentGuide-background1: #404040; --vscode-toolbar-hoverBackground: #5a5d5e50; --vscode-textLink-activeForeground: #4daafc;
    --vscode-textCodeBlock-background: #2b2b2b; --vscode-textBlockQuote-background: #2b2b2b; --vscode-inputOption-activeBackground: #2489db82;
    --vscode-inputOption-activeBorder: #2488db; --vscode-inputOption-activeForeground: #ffffff; --vscode-inputValidation-errorBackground: #5a1d1d;
    --vscode-inputValidation-errorBorder: #be1100; --vscode-inputValidation-warningBackground: #352a05; --vscode-inputValidation-warningBorder: #b89500;
    --vscode-inputValidation-infoBackground: #063b49; --vscode-inputValidation-infoBorder: #007acc;
    --vscode-charts-green: #89d185; --vscode-charts-orange: #d18616; --vscode-charts-blue: #3794ff; --vscode-charts-purple: #b180d7;
    --vscode-charts-red: #f14c4c; --vscode-charts-yellow: #cca700;`,
  light: `${fonts} color-scheme: light;
    --vscode-foreground: #3b3b3b; --vscode-descriptionForeground: #5c5c5c; --vscode-errorForeground: #f85149;
    --vscode-focusBorder: #005fb8; --vscode-editor-background: #ffffff; --vscode-editor-foreground: #3b3b3b;
    --vscode-editorWidget-background: #f8f8f8; --vscode-editorWidget-foreground: #3b3b3b; --vscode-editorWidget-border: #c8c8c8;
    --vscode-panel-border: #e5e5e5; --vscode-sideBar-background: #f8f8f8; --vscode-input-background: #ffffff;
    --vscode-input-foreground: #3b3b3b; --vscode-input-border: #cecece; --vscode-input-placeholderForeground: #767676;
    --vscode-dropdown-background: #ffffff; --vscode-dropdown-foreground: #3b3b3b; --vscode-button-background: #005fb8;
    --vscode-button-foreground: #ffffff; --vscode-button-hoverBackground: #0258a8; --vscode-button-secondaryBackground: #e5e5e5;
    --vscode-button-secondaryForeground: #3b3b3b; --vscode-button-secondaryHoverBackground: #cccccc; --vscode-badge-background: #cccccc;
    --vscode-badge-foreground: #3b3b3b; --vscode-list-hoverBackground: #f2f2f2; --vscode-list-activeSelectionBackground: #e8e8e8;
    --vscode-list-activeSelectionForeground: #000000; --vscode-quickInput-background: #f8f8f8; --vscode-quickInput-foreground: #3b3b3b;
    --vscode-editorError-foreground: #e51400; --vscode-editorWarning-foreground: #9a6700; --vscode-editor-selectionBackground: #add6ff80;
    --vscode-editorIndentGuide-background1: #d3d3d3; --vscode-toolbar-hoverBackground: #b8b8b850; --vscode-textLink-activeForeground: #005fb8;
    --vscode-textCodeBlock-background: #f8f8f8; --vscode-textBlockQuote-background: #f8f8f8; --vscode-inputOption-activeBackground: #bed6ed;
    --vscode-inputOption-activeBorder: #005fb8; --vscode-inputOption-activeForeground: #000000; --vscode-inputValidation-errorBackground: #f2dede;
    --vscode-inputValidation-errorBorder: #be1100; --vscode-inputValidation-warningBackground: #f6f5d2; --vscode-inputValidation-warningBorder: #b89500;
    --vscode-inputValidation-infoBackground: #d6ecf2; --vscode-inputValidation-infoBorder: #007acc;
    --vscode-charts-green: #388a34; --vscode-charts-orange: #b5651d; --vscode-charts-blue: #1a85ff; --vscode-charts-purple: #652d90;
    --vscode-charts-red: #e51400; --vscode-charts-yellow: #bf8803;`,
  "high-contrast": `${fonts} color-scheme: dark;
    --vscode-foreground: #ffffff; --vscode-descriptionForeground: #e6e6e6; --vscode-errorForeground: #f48771;
    --vscode-contrastBorder: #6fc3df; --vscode-contrastActiveBorder: #f38518; --vscode-focusBorder: #f38518;
    --vscode-editor-background: #000000; --vscode-editor-foreground: #ffffff; --vscode-editorWidget-background: #0c141f;
    --vscode-editorWidget-foreground: #ffffff; --vscode-editorWidget-border: #6fc3df; --vscode-panel-border: #6fc3df;
    --vscode-sideBar-background: #000000; --vscode-input-background: #000000; --vscode-input-foreground: #ffffff;
    --vscode-input-border: #6fc3df; --vscode-input-placeholderForeground: #ffffffb3; --vscode-dropdown-background: #000000;
    --vscode-dropdown-foreground: #ffffff; --vscode-button-foreground: #ffffff; --vscode-button-border: #6fc3df;
    --vscode-button-secondaryForeground: #ffffff; --vscode-badge-background: #000000; --vscode-badge-foreground: #ffffff;
    --vscode-quickInput-background: #0c141f; --vscode-quickInput-foreground: #ffffff; --vscode-list-hoverBackground: #ffffff1a;
    --vscode-editorError-foreground: #f48771; --vscode-editorWarning-foreground: #ffd370; --vscode-editor-selectionBackground: #ffffff40;
    --vscode-editorIndentGuide-background1: #7c7c7c; --vscode-textLink-activeForeground: #21a6ff; --vscode-textCodeBlock-background: #000000;
    --vscode-inputValidation-errorBackground: #000000; --vscode-inputValidation-errorBorder: #f48771;
    --vscode-inputValidation-warningBackground: #000000; --vscode-inputValidation-warningBorder: #ffd370;
    --vscode-inputValidation-infoBackground: #000000; --vscode-inputValidation-infoBorder: #6fc3df;
    --vscode-charts-green: #89d185; --vscode-charts-orange: #d18616; --vscode-charts-blue: #3794ff; --vscode-charts-purple: #b180d7;
    --vscode-charts-red: #f48771; --vscode-charts-yellow: #ffd370;`,
};

/**
 * Commands, keys, menus, views and settings, once and typed. `npm run generate` writes them into package.json
 * (and their English into package.nls.json); CI fails when the two differ.
 */
import { type CanvasCommand, canvasCommands } from "../webview/protocol.ts";

export const languageId = "eddy-flow";
export const canvasViewType = "eddy.canvas";
export const devicesViewId = "eddy.devices";
/** Of documents that show a message that a device has kept. */
export const keptScheme = "eddy-kept";
/** What is told of a device. */
export const reportScheme = "eddy-report";

const inFlow = "resourceLangId == eddy-flow || activeCustomEditorId == eddy.canvas";
const inCanvasKeys = "eddy.canvasFocused && !eddy.canvasEditing";
const inKept = `resourceScheme == ${keptScheme}`;
const trusted = "isWorkspaceTrusted";

interface CommandContribution {
  readonly title: string;
  readonly icon?: string;
  readonly enablement?: string;
  /** When it shows in the command palette; `false` for commands that need a tree item. */
  readonly palette?: string;
}

/** Every command but those of the canvas, by id. */
export const commands = {
  "eddy.newWorkflow": { title: "New Workflow…", icon: "new-file" },
  "eddy.openCanvas": { title: "Open Canvas", icon: "type-hierarchy", palette: "resourceLangId == eddy-flow" },
  "eddy.openText": {
    title: "Open as Text",
    icon: "go-to-file",
    palette: "activeCustomEditorId == eddy.canvas",
  },
  "eddy.openTextToSide": {
    title: "Open Text to the Side",
    icon: "open-preview",
    palette: "activeCustomEditorId == eddy.canvas",
  },
  "eddy.deploy": { title: "Deploy", icon: "cloud-upload", enablement: trusted, palette: inFlow },
  "eddy.run": { title: "Run Here", icon: "play", enablement: trusted, palette: inFlow },
  "eddy.test": { title: "Run Tests of Workflow", icon: "beaker", enablement: trusted, palette: inFlow },
  "eddy.compile": { title: "Compile", icon: "gear", palette: inFlow },
  "eddy.showCompiledCode": { title: "Show Compiled Code", icon: "file-code", palette: inFlow },
  "eddy.chooseTarget": { title: "Choose Target Device…", icon: "target", enablement: trusted },
  "eddy.toggleLive": { title: "Toggle Live Values", icon: "pulse", enablement: trusted, palette: inFlow },
  "eddy.inject": { title: "Inject a Message…", icon: "play", enablement: trusted, palette: inFlow },
  "eddy.canvas.extractSubflow": {
    title: "Extract to Subflow…",
    enablement: "activeCustomEditorId == eddy.canvas",
    palette: "activeCustomEditorId == eddy.canvas",
  },
  "eddy.showOutput": { title: "Show Log", icon: "output" },
  "eddy.devices.add": { title: "Add Device…", icon: "add", enablement: trusted },
  "eddy.devices.refresh": { title: "Refresh Devices", icon: "refresh", enablement: trusted },
  "eddy.devices.connect": { title: "Connect", icon: "plug", palette: "false" },
  "eddy.devices.remove": { title: "Remove Device…", icon: "trash", palette: "false" },
  "eddy.devices.target": { title: "Use as Target", icon: "target", palette: "false" },
  "eddy.devices.information": { title: "Show Device Information", icon: "info", palette: "false" },
  "eddy.devices.diagnose": { title: "Diagnose…", icon: "pulse", palette: "false" },
  "eddy.devices.logs": { title: "Show Logs", icon: "output", palette: "false" },
  "eddy.devices.setEnv": { title: "Set Environment Value…", icon: "symbol-variable", palette: "false" },
  "eddy.devices.setSecret": { title: "Set Secret…", icon: "key", palette: "false" },
  "eddy.devices.broker": { title: "Reach by MQTT Broker…", icon: "broadcast", palette: "false" },
  "eddy.devices.stopAgent": { title: "Stop Agent", icon: "debug-stop", palette: "false" },
  "eddy.workflows.start": { title: "Start", icon: "debug-start", palette: "false" },
  "eddy.workflows.stop": { title: "Stop", icon: "debug-stop", palette: "false" },
  "eddy.workflows.rollback": { title: "Roll Back to Previous Version", icon: "discard", palette: "false" },
  "eddy.workflows.remove": { title: "Remove from Device…", icon: "trash", palette: "false" },
  "eddy.workflows.inject": { title: "Inject a Message…", icon: "play", palette: "false" },
  "eddy.workflows.logs": { title: "Show Logs", icon: "output", palette: "false" },
  "eddy.workflows.kept": { title: "Show Kept Messages…", icon: "inbox", palette: "false" },
  "eddy.kept.send": { title: "Send Again", icon: "debug-restart", palette: inKept },
  "eddy.kept.discard": { title: "Discard…", icon: "trash", palette: inKept },
  "eddy.workflows.setEnv": { title: "Set Environment Value…", icon: "symbol-variable", palette: "false" },
  "eddy.workflows.setSecret": { title: "Set Secret…", icon: "key", palette: "false" },
} as const satisfies Record<string, CommandContribution>;
export type CommandId = keyof typeof commands;

/** The canvas's own commands: title and default key. */
const canvasActions: Readonly<Record<CanvasCommand, { title: string; key: string; mac?: string }>> = {
  addNode: { title: "Add Node", key: "a" },
  insertOnWire: { title: "Insert Node on Wire", key: "i" },
  startWire: { title: "Start Wire", key: "w" },
  rename: { title: "Rename Node", key: "f2" },
  deleteSelection: { title: "Delete Selection", key: "delete", mac: "backspace" },
  deleteAndHeal: { title: "Delete and Reconnect Around", key: "shift+delete", mac: "shift+backspace" },
  duplicate: { title: "Duplicate", key: "ctrl+d", mac: "cmd+d" },
  copy: { title: "Copy Nodes", key: "ctrl+c", mac: "cmd+c" },
  cut: { title: "Cut Nodes", key: "ctrl+x", mac: "cmd+x" },
  paste: { title: "Paste Nodes", key: "ctrl+v", mac: "cmd+v" },
  selectAll: { title: "Select All Nodes", key: "ctrl+a", mac: "cmd+a" },
  nextProblem: { title: "Go to Next Problem", key: "f8" },
  fitSelection: { title: "Fit Selection", key: "." },
  fitAll: { title: "Fit All", key: "1" },
  layout: { title: "Arrange Automatically", key: "shift+alt+f" },
  find: { title: "Find Node", key: "ctrl+f", mac: "cmd+f" },
  toggleLive: { title: "Toggle Live Values in Canvas", key: "l" },
  cheatSheet: { title: "Show Keys", key: "shift+/" },
};

export function canvasCommandId(command: CanvasCommand): string {
  return `eddy.canvas.${command}`;
}

const device = "view == eddy.devices && viewItem =~ /^device/";
const connectedDevice = "view == eddy.devices && viewItem =~ /^device.*connected/";
const workflow = "view == eddy.devices && viewItem =~ /^workflow/";

const menus = {
  "editor/title": [
    { command: "eddy.deploy", when: `(${inFlow}) && ${trusted}`, group: "navigation@1" },
    { command: "eddy.openTextToSide", when: "activeCustomEditorId == eddy.canvas", group: "navigation@2" },
    {
      command: "eddy.openCanvas",
      when: "resourceLangId == eddy-flow && !activeCustomEditorId",
      group: "navigation@2",
    },
    {
      command: "eddy.toggleLive",
      when: `activeCustomEditorId == eddy.canvas && ${trusted}`,
      group: "navigation@3",
    },
    { command: "eddy.openText", when: "activeCustomEditorId == eddy.canvas", group: "1_open@1" },
    { command: "eddy.showCompiledCode", when: inFlow, group: "1_open@3" },
    { command: "eddy.chooseTarget", when: inFlow, group: "2_device@1" },
    { command: "eddy.inject", when: inFlow, group: "2_device@2" },
    { command: "eddy.kept.send", when: inKept, group: "navigation@1" },
    { command: "eddy.kept.discard", when: inKept, group: "navigation@2" },
  ],
  "explorer/context": [
    {
      command: "eddy.deploy",
      when: `resourceFilename =~ /\\.flow\\.yaml$/ && ${trusted}`,
      group: "6_eddy@1",
    },
  ],
  "view/title": [
    { command: "eddy.devices.add", when: "view == eddy.devices", group: "navigation@1" },
    { command: "eddy.devices.refresh", when: "view == eddy.devices", group: "navigation@2" },
  ],
  "view/item/context": [
    {
      command: "eddy.devices.connect",
      when: "view == eddy.devices && viewItem =~ /^device.*away/",
      group: "inline@1",
    },
    { command: "eddy.devices.target", when: device, group: "inline@2" },
    { command: "eddy.devices.target", when: device, group: "1_use@1" },
    { command: "eddy.devices.logs", when: connectedDevice, group: "2_look@1" },
    { command: "eddy.devices.information", when: connectedDevice, group: "2_look@2" },
    { command: "eddy.devices.diagnose", when: device, group: "2_look@3" },
    { command: "eddy.devices.setEnv", when: connectedDevice, group: "3_config@1" },
    { command: "eddy.devices.setSecret", when: connectedDevice, group: "3_config@2" },
    {
      command: "eddy.devices.stopAgent",
      when: "view == eddy.devices && viewItem =~ /^device-local.*connected/",
      group: "9_remove@1",
    },
    {
      command: "eddy.devices.broker",
      when: "view == eddy.devices && viewItem =~ /^device-ssh/",
      group: "8_agent@1",
    },
    {
      command: "eddy.devices.remove",
      when: "view == eddy.devices && viewItem =~ /^device-ssh/",
      group: "9_remove@2",
    },
    {
      command: "eddy.workflows.inject",
      when: "view == eddy.devices && viewItem == workflow-running",
      group: "inline@1",
    },
    {
      command: "eddy.workflows.stop",
      when: "view == eddy.devices && viewItem == workflow-running",
      group: "inline@2",
    },
    {
      command: "eddy.workflows.start",
      when: "view == eddy.devices && viewItem == workflow-stopped",
      group: "inline@2",
    },
    { command: "eddy.workflows.logs", when: workflow, group: "2_look@1" },
    { command: "eddy.workflows.kept", when: workflow, group: "2_look@2" },
    { command: "eddy.workflows.setEnv", when: workflow, group: "3_config@1" },
    { command: "eddy.workflows.setSecret", when: workflow, group: "3_config@2" },
    { command: "eddy.workflows.rollback", when: workflow, group: "4_version@1" },
    { command: "eddy.workflows.remove", when: workflow, group: "9_remove@1" },
  ],
} as const;

const settings = [
  {
    title: "Workflows",
    properties: {
      "eddy.optimize": {
        type: "string",
        enum: ["none", "basic", "aggressive"],
        enumDescriptions: [
          "Readable output, fastest to build.",
          "Dead code removed, small output.",
          "Everything that makes it smaller and faster.",
        ],
        default: "basic",
        scope: "resource",
        markdownDescription: "How much the compiler optimises a workflow when it is saved or deployed.",
      },
      "eddy.trace.server": {
        type: "string",
        enum: ["off", "messages", "verbose"],
        default: "off",
        scope: "window",
        markdownDescription:
          "What the log shows of the talk with the language server. For looking into what goes wrong there.",
      },
    },
  },
  {
    title: "Devices",
    properties: {
      "eddy.home": {
        type: "string",
        default: "",
        scope: "machine",
        markdownDescription:
          "Where devices, the publisher key and the local agent are kept. Empty: the platform's data folder, or `EDDY_HOME`.",
      },
    },
  },
] as const;

const walkthrough = {
  id: "start",
  title: "Get Started with Eddy",
  description: "Draw a workflow, deploy it, watch it live.",
  steps: [
    {
      id: "create",
      title: "Create a workflow",
      description:
        "A workflow is a text file that you can draw. Give it a name and start with a node, or open one of the examples.\n[New Workflow](command:eddy.newWorkflow)",
      media: { markdown: "media/walkthrough/create.md" },
      completionEvents: ["onCommand:eddy.newWorkflow"],
    },
    {
      id: "draw",
      title: "Draw it",
      description:
        "Drag nodes from the palette, pull wires between them, set their params on the right. The text beside it changes with every gesture.\n[Open Text to the Side](command:eddy.openTextToSide)",
      media: { markdown: "media/walkthrough/draw.md" },
      completionEvents: ["onCommand:eddy.openTextToSide"],
    },
    {
      id: "deploy",
      title: "Deploy it",
      description:
        "One click compiles, signs and starts it, on this computer or on a device that you add over SSH.\n[Add Device](command:eddy.devices.add)\n[Deploy](command:eddy.deploy)",
      media: { markdown: "media/walkthrough/deploy.md" },
      completionEvents: ["onCommand:eddy.deploy"],
    },
    {
      id: "watch",
      title: "Watch it live",
      description:
        "Values move along the wires while it runs. Inject a message to see what it does.\n[Toggle Live Values](command:eddy.toggleLive)",
      media: { markdown: "media/walkthrough/watch.md" },
      completionEvents: ["onCommand:eddy.toggleLive"],
    },
  ],
} as const;

/** The `contributes` of package.json with every text as `%key%`, and those texts. */
export function manifestContributions(): {
  readonly contributes: Readonly<Record<string, unknown>>;
  readonly texts: Readonly<Record<string, string>>;
} {
  const texts: Record<string, string> = {};
  const text = (key: string, english: string): string => {
    texts[key] = english;
    return `%${key}%`;
  };
  const contributes = {
    languages: [
      {
        id: languageId,
        aliases: ["Eddy Workflow"],
        extensions: [".flow.yaml"],
        configuration: "./media/language-configuration.json",
        icon: { light: "./media/flow-light.svg", dark: "./media/flow-dark.svg" },
      },
    ],
    grammars: [
      { language: languageId, scopeName: "source.eddy-flow", path: "./media/eddy-flow.tmLanguage.json" },
    ],
    snippets: [{ language: languageId, path: "./media/snippets.json" }],
    customEditors: [
      {
        viewType: canvasViewType,
        displayName: text("canvas", "Eddy Canvas"),
        selector: [{ filenamePattern: "*.flow.yaml" }],
        priority: "default",
      },
    ],
    commands: commandContributions(text),
    keybindings: canvasCommands.map((command) => {
      const { key, mac } = canvasActions[command];
      return { command: canvasCommandId(command), key, ...(mac ? { mac } : {}), when: inCanvasKeys };
    }),
    menus: { ...menus, commandPalette: paletteRules() },
    viewsContainers: {
      activitybar: [{ id: "eddy", title: text("container", "Eddy"), icon: "media/eddy.svg" }],
    },
    views: { eddy: [{ id: devicesViewId, name: text("devices", "Devices"), icon: "media/eddy.svg" }] },
    viewsWelcome: [
      {
        view: devicesViewId,
        contents: text(
          "welcome.untrusted",
          "Devices can be used in a trusted workspace only.\n[Manage Workspace Trust](command:workbench.trust.manage)",
        ),
        when: "!isWorkspaceTrusted",
      },
      {
        view: "explorer",
        contents: text(
          "welcome.explorer",
          "You can also start with a workflow.\n[New Workflow](command:eddy.newWorkflow)",
        ),
        when: "workspaceFolderCount != 0",
      },
    ],
    walkthroughs: [localisedWalkthrough(text)],
    configuration: settings.map(({ title, properties }, order) => ({
      title: text(`settings.${title.toLowerCase()}`, title),
      order,
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [
          name,
          { ...property, markdownDescription: text(`${name}.description`, property.markdownDescription) },
        ]),
      ),
    })),
    // VS Code would show a git diff as two unrelated canvases; as text it is a diff.
    configurationDefaults: {
      "workbench.editorAssociations": { "{git,gitlens,git-graph,review,pr}:/**/*.flow.yaml": "default" },
      [`[${languageId}]`]: { "editor.tabSize": 2, "editor.insertSpaces": true },
    },
  };
  return { contributes, texts };
}

function commandContributions(text: (key: string, english: string) => string): unknown[] {
  const general = Object.entries<CommandContribution>(commands).map(
    ([command, { title, icon, enablement }]) => ({
      command,
      title: text(`${command}.title`, title),
      category: "Eddy",
      ...(icon ? { icon: `$(${icon})` } : {}),
      ...(enablement ? { enablement } : {}),
    }),
  );
  const canvas = canvasCommands.map((command) => ({
    command: canvasCommandId(command),
    title: text(`${canvasCommandId(command)}.title`, canvasActions[command].title),
    category: "Eddy",
    enablement: "activeCustomEditorId == eddy.canvas",
  }));
  return [...general, ...canvas];
}

function paletteRules(): unknown[] {
  const rules = Object.entries<CommandContribution>(commands).flatMap(([command, { palette }]) =>
    palette === undefined ? [] : [{ command, when: palette }],
  );
  const canvas = canvasCommands.map((command) => ({
    command: canvasCommandId(command),
    when: "activeCustomEditorId == eddy.canvas",
  }));
  return [...rules, ...canvas];
}

function localisedWalkthrough(text: (key: string, english: string) => string): unknown {
  return {
    ...walkthrough,
    title: text("walkthrough.title", walkthrough.title),
    description: text("walkthrough.description", walkthrough.description),
    steps: walkthrough.steps.map((step) => ({
      ...step,
      title: text(`walkthrough.${step.id}.title`, step.title),
      description: text(`walkthrough.${step.id}.description`, step.description),
    })),
  };
}

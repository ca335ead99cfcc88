export interface BuildSettings {
  readonly outFolder: string;
  readonly minify: boolean;
  readonly types: boolean;
  readonly only?: readonly string[];
}
export declare function buildAll(
  settings: BuildSettings,
): Promise<{ readonly ok: boolean; readonly summary: string }>;

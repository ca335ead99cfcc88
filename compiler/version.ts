/** The version of this compiler, as it stands in manifests. The same as that of the package; a test says so. */
export const compilerVersion = "0.1.0";

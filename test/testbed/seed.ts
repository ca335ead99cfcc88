// Loaded by mocha before the tests: properties try the same cases in every run, so that a run fails for what was changed.
// EDDY_SEED=$RANDOM in the environment tries others.
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.EDDY_SEED ?? 2_026) });

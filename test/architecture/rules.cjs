// Who may import whom: the table of src/ARCHITECTURE.md, as rules for dependency-cruiser.
const ALLOWED = {
  "src/base": [],
  "src/protocol": ["src/base"],
  "src/store": ["src/base"],
  "src/network": ["src/base"],
  "src/blockstore": ["src/store", "src/base"],
  "src/lifecycle": ["src/protocol", "src/base"],
  "src/cloud": ["src/lifecycle", "src/protocol", "src/store", "src/network", "src/ec2/policy", "src/base"],
  "src/ec2": ["src/cloud", "src/base"],
  "src/api": ["src/ec2", "src/cloud", "src/base"],
  "src/blockstore/formats": ["src/base"],
  "src/ec2/policy": ["src/base"],
  "src/frame": ["src/base"],
  "src/portal": ["src/api", "src/frame", "src/base"],
  "src/simulation": ["src/lifecycle", "src/protocol", "src/blockstore", "src/base"],
  "src/server": ["src/ec2", "src/cloud", "src/simulation", "src/store", "src/base"],
  "workers/vm": ["src/protocol", "src/blockstore", "src/network", "src/base"],
  "workers/network": ["src/protocol", "src/network", "src/base"],
  "workers/tabs": ["src/protocol", "src/base"],
  "workers/volume": ["src/protocol", "src/blockstore", "src/base"],
};

/** Packages that only some folders may import, as regular expressions on the resolved path. */
const FENCED = [
  { name: "v86", only: "^workers/vm/v86/" },
  { name: "comlink", only: "^src/protocol/" },
  { name: "idb-keyval", only: "^src/store/" },
  { name: "modern-tar", only: "^src/blockstore/bundle/" },
  { name: "pako", only: "^src/blockstore/formats/" },
  { name: "@hpcc-js", only: "^src/blockstore/formats/" },
  { name: "(react|react-dom|@cloudscape-design)", only: "^src/(portal/|main\\.tsx)" },
  { name: "@xterm", only: "^src/portal/" },
  { name: "(@microsoft/dev-tunnels-ssh|buffer)", only: "^(src/portal/ssh/|node_modules/)" },
  { name: "playwright", only: "^(src/server|test)/" },
  { name: "(@aws-sdk|@smithy)", only: "^(src/ec2/|src/server/.*\\.test\\.ts$|test/(support|e2e)/|node_modules/)" },
];

const layerRules = Object.entries(ALLOWED).map(([from, to]) => ({
  name: `${from} imports only ${to.length === 0 ? "itself" : to.join(", ")}`,
  severity: "error",
  from: { path: `^${from}/`, pathNot: "\\.test\\.tsx?$" },
  to: { path: "^(src|workers|images|test)/", pathNot: `^(${[from, ...to].join("|")})/` },
}));

/** Where tests reach for shared code outside their layer. */
const SUPPORT = ["test/support", "test/conformance", "test/fuzz", "src/simulation"];
const testRules = Object.entries(ALLOWED).map(([from, to]) => ({
  name: `tests of ${from} import only ${[...to, ...SUPPORT].join(", ")}`,
  severity: "error",
  from: { path: `^${from}/.*\\.test\\.tsx?$` },
  to: {
    path: "^(src|workers|images|test)/",
    pathNot: `^(${[from, ...to, ...SUPPORT].join("|")})/`,
  },
}));

const fenceRules = FENCED.map(({ name, only }) => ({
  name: `${name} only in ${only}`,
  severity: "error",
  from: { pathNot: only },
  to: { path: `(^|/)node_modules/${name}/` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...testRules,
    ...fenceRules,
    { name: "no cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "every source folder is in the table",
      severity: "error",
      from: { path: "^(src|workers)/[^/]+/", pathNot: `^(${Object.keys(ALLOWED).join("|")})/` },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default"] },
  },
};

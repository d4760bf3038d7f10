"""The GraphQL of the pages: the mutations by the names that they have there, and what is read of the answers."""

_ERRORS = "... on PythonError { message } ... on UnauthorizedError { message }"
_LAUNCHED = f"""__typename ... on LaunchRunSuccess {{ run {{ runId }} }} ... on InvalidSubsetError {{ message }}
  ... on RunConfigValidationInvalid {{ errors {{ message }} }} {_ERRORS}"""
_BACKFILLED = f"__typename ... on LaunchBackfillSuccess {{ backfillId }} {_ERRORS}"
MUTATIONS = {
    "LaunchPipelineExecution": f"mutation LaunchPipelineExecution($executionParams: ExecutionParams!) {{ "
    f"launchPipelineExecution(executionParams: $executionParams) {{ {_LAUNCHED} }} }}",
    "LaunchPipelineReexecution": f"mutation LaunchPipelineReexecution($reexecutionParams: ReexecutionParams) {{ "
    f"launchPipelineReexecution(reexecutionParams: $reexecutionParams) {{ {_LAUNCHED} }} }}",
    "LaunchPartitionBackfill": f"mutation LaunchPartitionBackfill($backfillParams: LaunchBackfillParams!) {{ "
    f"launchPartitionBackfill(backfillParams: $backfillParams) {{ {_BACKFILLED} }} }}",
    "reexecuteBackfill": f"mutation reexecuteBackfill($reexecutionParams: ReexecutionParams!) {{ "
    f"reexecutePartitionBackfill(reexecutionParams: $reexecutionParams) {{ {_BACKFILLED} }} }}",
}
ASSETS = """query { assetNodes { assetKey { path } jobNames assetChecksOrError { ... on AssetChecks {
  checks { name jobNames canExecuteIndividually } } } } }"""
PLAN = """query($p: PipelineSelector!) { executionPlanOrError(pipeline: $p, mode: "default", runConfigData: "{}") {
  __typename ... on ExecutionPlan { steps { key outputs { name } } } ... on InvalidSubsetError { message }
  ... on PythonError { message } } }"""
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
BACKFILL = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status } } }"""
RUNS = """query($f: RunsFilter!) { runsOrError(filter: $f) { ... on Runs { results {
  runId status tags { key value } } } } }"""
EVENTS = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { __typename
  ... on ExecutionStepFailureEvent { stepKey failureMetadata { description } error { message } }
  ... on AssetCheckEvaluationEvent { evaluation { checkName assetKey { path } partition success description } }
  } } } }"""
MATERIALIZED = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetPartitionStatuses { ... on TimePartitionStatuses { ranges { status startKey endKey } } } } } }"""
CHECKED = """query($key: AssetKeyInput!, $name: String!, $day: String) {
  assetCheckExecutions(assetKey: $key, checkName: $name, partition: $day, limit: 1) {
    status evaluation { success description metadataEntries { label ... on IntMetadataEntry { intValue } } } } }"""

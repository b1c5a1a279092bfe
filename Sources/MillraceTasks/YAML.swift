#if Workflow
  import Crypto
  import Logging
  import Subprocess
  import Yams
#endif

"""Programs that symgd lives in: agents, editors, documents; one file a host, loaded when used.

    mcp      tools for agents, over the Model Context Protocol      extra `mcp`
    lsp      diagnostics for editors, over the Language Server Protocol      extra `lsp`
    sphinx   a directive for Sphinx and MyST      extra `sphinx`
    unread   what a document holds that the judge has passed over
    tasks    what hosts ask, plain data → plain data
    worker   a process beside the host that computes, and that can be stopped

A host never computes in its own process where others wait for it: it hands a task to a worker,
which is stopped when its time is up, and the host lives on.
"""

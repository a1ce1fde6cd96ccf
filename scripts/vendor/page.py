# docs/agreement.md

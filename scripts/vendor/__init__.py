# What the vendor's compiler makes of networks, as tables: read, written, compared. For scripts/oracle and
# scripts/agreement.

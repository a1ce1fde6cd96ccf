// The tables of one run, with the names that reports have.

#pragma once

#include "python/native/column.h"

#include "profiles/report/report.h"

namespace tpuscope::python {

/// One row per operator, most time first. -1: in no group.
Table ops_of(const Profile& profile);
/// One row per command in issue order. -1: of no operator, in no group.
Table commands_of(const Profile& profile);
/// One row per layer group, in running order.
Table groups_of(const Profile& profile);

}  // namespace tpuscope::python

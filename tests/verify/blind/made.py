"""All kinds of faults and honest variants."""

from tests.verify.blind import claim_faults, lone_claims, table_faults
from tests.verify.blind.planting import KINDS

__all__ = ["KINDS", "claim_faults", "lone_claims", "table_faults"]

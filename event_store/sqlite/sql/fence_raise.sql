UPDATE fence SET raised = raised + 1, time = ?1

"""Which tests hold which promise: the promises of a run, each with the tests in whose hands it is.

A test's name says what it holds the engine to. `test_index.py` looks whether each test that is named here is there,
and `docs/reliability.md` is written from it.
"""

from __future__ import annotations

D, E, S, F, C = (f"promises/test_{name}.py" for name in ("delivery", "ending", "stops", "failure", "control_plane"))
RUNTIME, FAULTS = "engine/runtime", "faults"
CLI, GRAPH = "engine/cli", "engine/graph"
MODEL, APP, HOSTILE = "model", "app", "properties/test_hostile_code.py"

PROMISES: dict[str, dict[str, tuple[str, ...]]] = {
    "Delivery": {
        "Every message on a wire that blocks is got exactly once and in order": (
            f"{D}::test_on_a_wire_that_blocks_every_message_is_got_exactly_once_and_in_order",
        ),
        "At the end of a stream nothing is lost": (
            f"{D}::test_at_the_end_of_a_stream_nothing_is_lost_however_much_is_under_way",
        ),
        "What a crash loses is counted and reported with the crash": (
            f"{D}::test_after_a_crash_the_messages_lost_are_counted_and_reported_with_the_crash",
            f"{FAULTS}/test_killed_processes.py::test_losses_are_counted_by_message",
        ),
        "Wires are bounded: 16 messages unless told otherwise": (
            f"{D}::test_a_wire_holds_16_messages_unless_told_otherwise_and_then_its_producer_waits",
        ),
        "A slow consumer slows its producer; memory does not grow": (
            f"{D}::test_a_slow_consumer_slows_its_producer_and_memory_does_not_grow",
            f"{FAULTS}/test_slow_consumer.py::test_a_slow_consumer_for_a_minute_slows_its_source_and_memory_stays_flat",
        ),
        "Policies that drop count what they drop": (
            f"{D}::test_policies_that_drop_keep_order_drop_only_what_they_count_and_never_slow_the_source",
        ),
        "Taps never slow the graph": (
            f"{RUNTIME}/test_taps.py::test_a_source_with_a_tap_that_nobody_reads_keeps_the_rate_of_one_without",
            f"{RUNTIME}/test_taps.py::test_a_tap_that_nobody_reads_never_slows_the_graph",
        ),
        "Over restarts, too, every message is accounted for": (
            f"{RUNTIME}/test_computer_restart.py::test_over_restarts_the_counts_of_every_wire_are_those_of_its_messages",
        ),
        "A consumer cannot change what another sees": (
            f"{RUNTIME}/test_delivery.py::test_a_consumer_cannot_change_what_another_sees",
        ),
        "Results do not depend on placement": (
            f"{RUNTIME}/test_placement_independence.py",
            "graphs/test_examples.py::test_results_are_the_same_bit_for_bit_wherever_nodes_run",
        ),
    },
    "Several inputs": {
        "A join by tick sees the messages of one tick together": (
            f"{RUNTIME}/test_joins.py::test_a_join_by_tick_pairs_every_message_though_wires_differ_in_delay",
        ),
        "A branch that filters a tick out says so: a join neither waits for ever nor stalls at the end": (
            f"{RUNTIME}/test_joins.py::test_a_branch_that_filters_ticks_lets_the_join_downstream_go_on",
            f"{E}::test_a_join_ends_though_the_last_ticks_of_a_branch_were_filtered_out",
        ),
        "By the latest: on every message of the driving port, with the newest of the others": (
            f"{RUNTIME}/test_joins.py::test_a_join_by_the_latest_holds_the_newest_of_a_slower_clock",
        ),
        "By time: nearest within a tolerance, for inputs from different clocks": (
            f"{RUNTIME}/test_join_by_time.py"
            "::test_by_time_the_nearest_within_a_tolerance_meet_though_their_clocks_differ",
            f"{RUNTIME}/test_join_by_time.py"
            "::test_every_message_meets_the_nearest_within_the_tolerance_in_whatever_order_they_come",
            f"{RUNTIME}/test_join_by_time.py::test_what_has_no_partner_within_the_tolerance_is_left_out_and_counted",
        ),
        "By any: every message alone": (f"{RUNTIME}/test_joins.py::test_a_join_by_any_gets_every_message_alone",),
        "A node may say itself what it processes": (
            f"{RUNTIME}/test_node_surface.py::test_should_process_filters_and_what_it_refuses_is_counted",
        ),
        "A required input that is not wired is a problem found before the start, not a hang": (
            f"{E}::test_a_required_input_that_is_not_wired_is_a_problem_found_before_the_start_and_not_a_hang",
        ),
        "Two wires into one input are refused unless the port accepts many": (
            f"{GRAPH}/test_wires.py::test_a_duplicate_and_a_second_wire_into_one_input_are_refused",
            f"{GRAPH}/test_wires.py::test_an_input_for_many_takes_many_but_each_output_once",
        ),
        "A backlog on one side of a join finds its partners": (
            f"{FAULTS}/test_backlog.py::test_a_backlog_of_10_000_on_one_side_of_a_join_finds_its_partners_in_order",
        ),
    },
    "Ending": {
        "A port may end early while others go on": (f"{E}::test_a_port_may_end_early_while_others_go_on",),
        "All required inputs ended: on_end may emit, then the outputs close": (
            f"{E}::test_when_all_required_inputs_have_ended_on_end_may_still_emit_and_then_the_outputs_close",
            f"{E}::test_a_node_ends_with_its_required_inputs_and_not_with_its_optional_ones",
        ),
        "A join of unequal sources ends with the shorter; what is left over is counted": (
            f"{E}::test_a_join_of_unequal_sources_ends_with_the_shorter_and_what_is_left_over_is_counted",
        ),
        "A run with a cycle ends": (
            f"{E}::test_a_run_with_a_cycle_ends_with_its_sources",
            f"{RUNTIME}/test_feedback.py",
        ),
        "Cycles are allowed only through a feedback wire": (
            f"{RUNTIME}/test_feedback.py::test_a_cycle_without_a_feedback_wire_is_refused",
            f"{GRAPH}/test_wires.py::test_a_cycle_needs_a_feedback_wire",
        ),
        "A source that yields without awaiting does not starve the loop of its caller": (
            f"{RUNTIME}/test_own_loop.py::test_a_flooding_source_on_the_callers_loop_leaves_it_responsive",
        ),
        "Sources on one loop share it; one that never awaits starves nobody": (
            f"{E}::test_many_sources_on_one_loop_share_it_fairly_and_one_that_never_awaits_starves_nobody",
        ),
    },
    "The three stops": {
        "Drain: everything in flight is processed": (
            f"{S}::test_drain_processes_everything_in_flight_and_calls_on_end_and_on_stop",
        ),
        "Drain says what it waits for and force ends it": (
            f"{FAULTS}/test_stuck_nodes.py::test_a_graceful_stop_says_what_it_waits_for_and_force_ends_it",
            f"{APP}/test_run.py::test_a_stop_that_hangs_says_what_it_waits_for_and_force_ends_it",
        ),
        "Abort: the current call returns, the rest is discarded and counted, on_stop runs": (
            f"{S}::test_abort_lets_the_current_process_call_return_discards_the_rest_and_calls_on_stop",
        ),
        "Kill: 2 s in all, however many computers": (
            f"{S}::test_kill_ends_what_does_not_return_within_2_s_in_all_and_tells_the_truth",
            f"{FAULTS}/test_stuck_nodes.py::test_many_stuck_computers_are_ended_within_the_same_2_s",
            f"{FAULTS}/test_blocked_calls.py::test_a_call_that_does_not_return_in_a_process_is_late_and_killed_within_2_s",
        ),
        "A thread that does not come back is abandoned, named, with its stack": (
            f"{FAULTS}/test_blocked_calls.py::test_a_call_that_does_not_return_in_a_thread_is_abandoned_with_its_stack_within_2_s",
        ),
        "The stops are idempotent, escalate, and come in any state and from any thread": (
            f"{S}::test_stops_are_idempotent_escalate_and_may_come_from_any_thread",
            f"{S}::test_a_stop_of_what_has_ended_changes_nothing",
            f"{S}::test_a_stop_during_the_start_takes_all_down_within_2_s",
            f"{FAULTS}/test_stops_at_once.py::test_stops_and_starts_at_once_all_return_in_time_and_leave_nothing",
        ),
        "Who polls with its own sleep can be stopped": (
            f"{S}::test_a_source_that_polls_with_its_own_sleep_can_be_drained",
            f"{S}::test_a_node_that_polls_with_its_own_sleep_can_be_aborted",
        ),
        "A blocked node on one computer never delays the stop of another": (
            f"{RUNTIME}/test_stops.py::test_a_node_that_blocks_its_loop_delays_neither_the_work_nor_the_stop_of_another_computer",
            f"{RUNTIME}/test_stops.py::test_a_blocked_node_on_one_computer_does_not_delay_the_stop_of_another",
        ),
        "Start, stop and start again is a fresh run": (
            f"{S}::test_start_stop_and_start_again_is_a_fresh_run_that_sees_nothing_of_the_old_one",
        ),
    },
    "Failure": {
        "An exception in process is shown within a second, with its traceback": (
            f"{F}::test_an_exception_in_process_is_shown_within_a_second_with_its_traceback",
        ),
        "Policy stop": (f"{F}::test_by_the_policy_stop_a_failure_ends_the_graph_and_what_is_under_way_is_finished",),
        "Policy skip": (f"{F}::test_by_the_policy_skip_only_the_tick_that_failed_is_left_out_and_counted",),
        "Policy restart: a fresh instance, with back-off": (
            f"{F}::test_by_the_policy_restart_a_fresh_instance_goes_on_with_the_next_message",
            f"{F}::test_restarts_wait_longer_each_time",
            f"{F}::test_a_restart_that_fails_is_told_and_tried_again",
        ),
        "A node that cannot be started again is given up": (
            f"{RUNTIME}/test_restart_limits.py::test_a_node_that_cannot_be_started_again_ten_times_in_a_row_has_failed",
        ),
        "SystemExit, KeyboardInterrupt and what does not pickle are failures like any other": (
            f"{RUNTIME}/test_failures.py::test_exits_interrupts_and_what_does_not_pickle_are_failures_like_any_other",
        ),
        "A constructor, on_start or import that fails is a start error that names node, place and cause": (
            f"{F}::test_an_exception_in_a_constructor_or_on_start_is_a_start_error_that_names_node_place_and_cause",
            f"{F}::test_a_class_that_does_not_import_in_its_process_is_a_start_error_that_names_node_place_and_cause",
        ),
        "A source that fails ends its stream as a failure": (
            f"{F}::test_a_source_that_fails_ends_its_stream_as_a_failure_and_all_it_produced_arrives",
        ),
        "An exit or an exception in on_param refuses the change": (
            f"{F}::test_an_exit_or_an_exception_in_on_param_refuses_the_change_and_the_run_goes_on",
        ),
        "What cannot travel is a failure of the node that emits it": (
            f"{F}::test_a_value_that_cannot_travel_is_a_failure_by_the_policy_whether_its_wire_is_full_or_not",
        ),
        "What cannot be received is a failure of the node that reads it": (
            f"{FAULTS}/test_exhausted_processes.py::test_a_receiver_that_cannot_map_what_is_sent_has_failed_and_the_rest_goes_on",
        ),
        "A computer that dies is noticed within 1 s, contained, and its losses are counted": (
            f"{FAULTS}/test_signals_at_random.py::test_a_process_that_is_struck_at_any_moment_is_told_of_contained_and_accounted_for",
            f"{FAULTS}/test_killed_processes.py::test_however_a_process_ends_its_exit_code_is_told",
            f"{FAULTS}/test_exhausted_processes.py::test_a_process_that_the_system_kills_for_want_of_memory_is_dead_with_its_exit_code_within_a_second",
        ),
        "A computer that is to be restarted comes back each time": (
            f"{FAULTS}/test_restarts.py::test_a_process_that_dies_and_is_to_be_restarted_comes_back_each_time",
            f"{FAULTS}/test_restarts.py::test_a_stop_while_a_process_is_away_does_not_wait_for_it",
        ),
        "A computer that dies again and again is given up": (
            f"{RUNTIME}/test_restart_limits.py::test_a_process_that_dies_at_ten_starts_in_a_row_is_given_up_and_waits_no_longer_than_the_longest_pause",
            f"{RUNTIME}/test_restart_limits.py::test_a_process_that_dies_at_its_end_twice_is_given_up_for_nothing_more_can_come_to_it",
        ),
        "Peers of a dead computer see the end of their bridges as a failure": (
            f"{FAULTS}/test_killed_processes.py::test_a_peer_of_a_dead_process_sees_its_stream_end_as_a_failure_and_not_as_an_end",
        ),
        "A node that holds its loop is late within a second, with its stack, and nobody else is blamed": (
            f"{RUNTIME}/test_watchdog.py::test_a_held_loop_is_named_with_its_node_and_stack_within_1_s_and_in_time_again",
            f"{RUNTIME}/test_watchdog.py::test_the_neighbours_of_code_that_keeps_the_lock_say_by_which_node_they_are_held_up",
            f"{FAULTS}/test_stuck_nodes.py::test_a_node_that_holds_its_loop_is_shown_as_late_with_its_stack",
            f"{FAULTS}/test_stuck_nodes.py::test_code_that_keeps_the_interpreter_lock_of_its_process_is_late_too_and_killed",
        ),
        "When the parent dies, every worker is gone within a second": (
            f"{FAULTS}/test_parent_and_signals.py::test_when_the_parent_is_killed_every_worker_is_gone_within_a_second",
            f"{FAULTS}/test_parent_and_signals.py::test_what_a_worker_spawned_is_gone_too_when_the_parent_is_killed",
            f"{CLI}/test_stops.py::test_the_workers_of_a_command_that_is_killed_go_too",
        ),
        "A parent that is stopped and continued goes on": (
            f"{FAULTS}/test_parent_and_signals.py::test_a_parent_that_is_stopped_and_continued_goes_on_where_it_was",
        ),
    },
    "What killed processes may not do to others": {
        "No cross-process lock or semaphore anywhere": (
            f"{C}::test_no_cross_process_lock_or_semaphore_is_used_anywhere",
        ),
        "Every descriptor is in the two processes of its ends only; memory has no name": (
            f"{C}::test_workers_have_sessions_groups_and_sockets_of_their_own_and_no_named_memory",
            f"{FAULTS}/test_parent_and_signals.py::test_workers_hold_no_descriptor_but_their_own",
            f"{FAULTS}/test_full_disk.py::test_a_full_dev_shm_is_nothing_to_a_run_for_its_memory_has_no_name",
        ),
        "Where there is no shared memory, payloads travel in the socket": (
            f"{FAULTS}/test_exhausted_processes.py::test_a_sender_for_which_there_is_no_shared_memory_sends_through_the_socket",
        ),
        "What a worker has spawned dies with it": (
            f"{FAULTS}/test_killed_processes.py::test_what_a_worker_has_spawned_dies_with_it",
        ),
    },
    "The control plane": {
        "A stop is latched: a worker that still imports does not lose it": (
            f"{C}::test_a_stop_that_comes_while_a_worker_still_imports_is_not_lost_and_keeps_its_budget",
        ),
        "Every stop ends, whatever dies meanwhile": (
            f"{MODEL}/test_protocol.py::test_no_state_of_a_run_with_a_death_is_wrong_and_every_stop_ends",
            f"{MODEL}/test_protocol.py::test_no_state_of_a_run_with_a_restart_is_wrong_and_every_stop_ends",
        ),
        "Late is an overlay, no state": (f"{C}::test_late_is_an_overlay_that_comes_and_goes_and_no_state",),
        "Every transition is one event": (
            f"{RUNTIME}/test_statistics.py::test_events_come_in_order_and_tell_each_transition_once",
        ),
        "The outcome is the worst of the nodes": (f"{C}::test_the_outcome_of_a_run_is_the_worst_of_its_nodes",),
    },
    "Deadlock by backpressure": {
        "The smallest full wire grows, and it is shown": (
            f"{RUNTIME}/test_joins.py::test_a_deadlock_by_small_wires_is_resolved_by_growing_the_smallest_full_wire",
        ),
        "At the cap the deadlock is named": (f"{RUNTIME}/test_deadlock.py",),
    },
    "Starting, hearing, killing": {
        "Ready or not at all, and the error names node, place and cause": (
            f"{RUNTIME}/test_stops.py::test_a_start_that_takes_too_long_is_taken_down_and_names_the_node_and_place",
            f"{FAULTS}/test_killed_processes.py::test_a_process_that_dies_while_it_starts_is_a_start_error_at_once",
        ),
        "Without descriptors a start says so and leaves nothing": (
            f"{FAULTS}/test_descriptors.py::test_a_start_with_too_few_descriptors_is_a_start_error_soon_and_leaves_nothing",
        ),
        "A tap without a descriptor ends at once": (
            f"{FAULTS}/test_descriptors.py::test_a_tap_for_which_there_is_no_descriptor_ends_at_once_and_the_run_goes_on",
        ),
        "A spare worker that was killed is nothing to the next run": (
            f"{FAULTS}/test_spare_worker.py::test_a_spare_that_was_killed_is_nothing_to_the_next_run_and_another_takes_its_place",
        ),
        "A spare worker is warm and is replaced": (
            "engine/computers/test_spare.py::test_a_spare_is_handed_out_works_like_any_child_and_is_replaced",
        ),
        "A new node of the editor gets the default location": (
            f"{APP}/test_document.py::test_a_new_node_gets_the_default_location_and_the_selection",
        ),
        "Classes of scripts and of project folders run in processes": (
            f"{RUNTIME}/test_start.py::test_classes_of_a_script_run_in_processes_too_and_the_script_ends",
            f"{RUNTIME}/test_start.py::test_node_types_in_a_projects_folder_run_in_processes_and_two_projects_do_not_mix",
        ),
        "Ctrl+C and SIGTERM stop a headless run": (
            f"{CLI}/test_stops.py::test_the_first_signal_stops_gracefully_and_loses_nothing",
            f"{CLI}/test_stops.py::test_the_second_signal_ends_by_force_what_hangs",
        ),
        "A thread that hangs does not keep the interpreter": (
            f"{FAULTS}/test_parent_and_signals.py::test_a_script_that_ends_with_a_stuck_thread_ends_all_the_same",
        ),
    },
    "Edits of a running graph": {
        "What an edit does not touch goes on, with its state, and loses nothing": (
            f"{RUNTIME}/test_live_edits.py::test_nodes_and_wires_come_while_the_graph_runs",
            "properties/test_random_live_edits.py::test_what_runs_is_what_the_graph_says",
        ),
        "A node that goes on keeps its state, whatever its wires": (
            f"{RUNTIME}/test_live_edits.py::test_a_node_gets_other_wires_and_keeps_its_state",
        ),
        "An edit that fails leaves the run as it was": (
            f"{RUNTIME}/test_live_edits.py::test_what_cannot_start_leaves_the_run_as_it_was",
        ),
        "What cannot be done live says so beforehand": (
            f"{RUNTIME}/test_live_edits.py::test_what_cannot_be_done_live_says_so_beforehand",
        ),
    },
    "Files": {
        "A full disk leaves the old graph file whole and says so": (
            f"{FAULTS}/test_full_disk.py::test_a_full_disk_while_saving_leaves_the_old_file_whole_and_is_said",
        ),
        "A full disk while recording fails the writer by its policy; what was written stays whole": (
            f"{FAULTS}/test_full_disk.py::test_a_full_disk_while_recording_fails_the_writer_by_its_policy_and_what_was_written_stays_whole",
        ),
        "Loading runs no code": (f"{GRAPH}/test_hostile_file.py::test_loading_runs_and_imports_nothing",),
        "A broken or hostile file is refused with the place": (
            f"{GRAPH}/test_hostile_file.py::test_a_broken_or_hostile_file_is_refused_with_its_name_and_the_place",
        ),
        "Files have limits: size, depth, nodes": (
            f"{GRAPH}/test_hostile_file.py::test_a_file_that_is_too_large_is_refused_before_it_is_read",
            f"{GRAPH}/test_hostile_file.py::test_as_deep_as_allowed_is_read_and_brackets_in_text_do_not_count",
            f"{GRAPH}/test_hostile_file.py::test_too_many_nodes_are_refused_when_reading_and_when_writing",
        ),
        "Code beside a graph does not run before it is trusted": (
            f"{HOSTILE}::test_the_editor_opens_a_downloaded_graph_and_nothing_of_it_runs_before_it_is_trusted",
            f"{APP}/test_trust.py::test_trust_is_asked_for_once_and_again_when_any_file_has_changed",
        ),
        "Control characters do not reach the terminal": (
            f"{CLI}/test_words.py::test_no_text_gets_a_control_character_onto_the_terminal",
        ),
        "Unknown node types are kept": (f"{GRAPH}/test_graph.py::test_a_node_of_unknown_type_is_kept_as_it_is",),
        "What a newer version wrote is kept": (
            f"{GRAPH}/test_file.py::test_what_a_newer_version_wrote_is_kept_through_edits",
        ),
    },
    "Hosts": {
        "A local graph opens no listening socket": (f"{C}::test_a_local_graph_opens_no_listening_socket",),
    },
}
